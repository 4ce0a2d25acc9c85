import { setTimeout as sleep } from 'node:timers/promises';
import { LONG, PATIENCE_MS } from './length.js';
import type { Village } from './village.js';

/** Waits until it gives something; throws after `milliseconds`, with what `describe` says. */
export async function eventually<Value>(
  look: () => Value | undefined | false | Promise<Value | undefined | false>,
  describe: () => unknown = () => '',
  milliseconds = PATIENCE_MS,
): Promise<Value> {
  const limit = performance.now() + milliseconds;
  for (;;) {
    const value = await look();
    if (value !== undefined && value !== false) return value;
    if (performance.now() > limit) throw new Error(`it did not happen in time: ${JSON.stringify(describe())}`);
    await sleep(20);
  }
}

/** Gives a function that tells whether a promise has settled by now. */
export function watch(promise: Promise<unknown>): () => boolean {
  let hasSettled = false;
  const note = (): void => {
    hasSettled = true;
  };
  promise.then(note, note);
  return () => hasSettled;
}

const OPEN = `select id, state from goal where state not in ('COMPLETED', 'FAILED', 'CANCELLED')`;

/** The goals that have not ended, of all tenants. */
export function openGoals({ database }: Village): Promise<{ id: string; state: string }[]> {
  return database.system.once<{ id: string; state: string }>(OPEN);
}

/**
 * Waits until no goal is open any more. Workers look for what is due every few seconds by themselves, for which the
 * long form waits; in the short form they are told to look, as a notification that had been lost would have.
 */
export async function allEnded(village: Village, milliseconds = PATIENCE_MS): Promise<void> {
  let open: object[] = [];
  let polls = 0;
  await eventually(
    async () => {
      if (!LONG && ++polls % 20 === 0) await village.database.system.once(`select pg_notify('av_work', '')`);
      open = await openGoals(village);
      return open.length === 0;
    },
    () => open,
    milliseconds,
  );
}
