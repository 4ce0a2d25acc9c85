import { hasCode } from '#libs/kernel';
import { type GoalState, isFinal } from '../machine/states.js';
import type { GoalChange, GoalStore } from '../ports/goal-store.js';
import { progressOf } from './effects.js';
import type { LeaseTimer } from './lease-timer.js';
import type { GoalRun } from './run.js';

/** The goal belongs to somebody else now: stop, and write nothing. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost';
}

/** The store refuses the change itself; trying again would not help. */
export class UnstorableChange extends Error {
  override readonly name = 'UnstorableChange';
  constructor(
    readonly change: GoalChange,
    cause: unknown,
  ) {
    super('a change of a goal cannot be stored', { cause });
  }
}

const FIRST_RETRY_MS = 50;
const LONGEST_RETRY_MS = 1_000;

/** Writes the changes of one goal, one commit at a time, each holding everything that has gathered meanwhile. */
export class Saver {
  private writing: Promise<void> | undefined;
  private refused: UnstorableChange | undefined;
  private readonly lost: string[] = [];
  private stored: { readonly state: GoalState; readonly activeMs: number };

  constructor(
    private readonly run: GoalRun,
    private readonly store: GoalStore,
    private readonly lease: LeaseTimer,
  ) {
    const { state, activeMs } = run.goal;
    this.stored = { state, activeMs };
  }

  /**
   * Everything recorded before the call is stored when this resolves. `release` is asked at the last moment whether the
   * lease is given back in the same commit: until then a command may give the goal something to do. Throws LeaseLost or UnstorableChange; the latter again at each call, until `forget`.
   */
  async save(release: () => GoalChange['release'] = () => null): Promise<void> {
    while (this.writing) await this.writing;
    if (this.refused) throw this.refused;
    const { goal, changes } = this.run;
    goal.progress = progressOf(this.run);
    // A late command to a goal that had ended must not make it seem to have worked for longer.
    const activeMs = isFinal(this.stored.state) ? this.stored.activeMs : Math.round(this.run.activeMs);
    const change = changes.take({ ...goal, activeMs }, release());
    if (!change) return;
    this.writing = this.write(change).finally(() => {
      this.writing = undefined;
    });
    await this.writing;
  }

  /** Saves, and waits until enough of the lease is left to begin something that others can see. */
  async saveBeforeEffect(): Promise<void> {
    await this.save();
    while (!this.mayBegin()) {
      if (this.lease.isOver()) throw new LeaseLost(this.run.goal.id);
      await wait(FIRST_RETRY_MS);
    }
  }

  /** Whether enough of the lease is left to begin something that others can see. */
  mayBegin(): boolean {
    return this.lease.isFresh();
  }

  /** The tasks of which something was not stored because the lease was over. */
  takeLost(): readonly string[] {
    return [...this.lost.splice(0), ...this.run.changes.discard()];
  }

  /** Lets saving go on after a change was refused; gives the state that is really stored. */
  forget(): GoalState {
    this.refused = undefined;
    return this.stored.state;
  }

  private lose({ lease, tasks }: GoalChange): LeaseLost {
    this.lost.push(...tasks.map(({ id }) => id));
    return new LeaseLost(lease.goalId);
  }

  private async write(change: GoalChange): Promise<void> {
    for (let pause = FIRST_RETRY_MS; ; pause = Math.min(pause * 2, LONGEST_RETRY_MS)) {
      try {
        if ((await this.store.commit(change)) === 'lost') throw this.lose(change);
        this.run.goal.lastSeq = change.goal.lastSeq;
        this.stored = change.goal;
        return;
      } catch (error) {
        if (error instanceof LeaseLost) throw error;
        // A store that cannot be reached may come back while the lease lasts; whether the commit arrived is seen by
        // `expectedSeq`. After that the goal is read anew by whoever claims it.
        if (!hasCode(error, 'unavailable')) throw (this.refused = new UnstorableChange(change, error));
        if (this.lease.isOver()) throw this.lose(change);
        await wait(pause);
      }
    }
  }
}

function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
