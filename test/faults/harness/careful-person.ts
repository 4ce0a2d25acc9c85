import { setTimeout as sleep } from 'node:timers/promises';
import type { TestClient } from '#libs/testing';
import { approve, pendingApprovals } from './people.js';
import { watch } from './waiting.js';
import type { Witness } from './witness.js';

/** Answers questions about uncertain calls by looking at the other side: what is there is not made again. */
export class CarefulPerson {
  /** How often this person had a call repeated, by the path of the witness that it goes to. */
  readonly repeats = new Map<string, number>();

  constructor(
    private readonly client: TestClient,
    private readonly witness: Witness,
  ) {}

  /** Answers all that is asked until `over` settles. */
  async answerUntil(over: Promise<unknown>): Promise<void> {
    for (const isOver = watch(over); !isOver();) {
      for (const question of await pendingApprovals(this.client)) {
        const path = new URL(question.arguments.url ?? '', this.witness.url('/')).pathname;
        const isThere = this.witness.of(path).length > 0;
        if (!isThere) this.repeats.set(path, (this.repeats.get(path) ?? 0) + 1);
        await approve(this.client, question, { resolution: isThere ? 'took_effect' : 'repeat' });
      }
      await sleep(100);
    }
  }
}
