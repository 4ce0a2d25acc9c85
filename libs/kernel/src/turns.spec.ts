import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Turns } from './turns.js';

const NONE = new AbortController().signal;

/** Turns in which each work goes on until the test ends it, and the order in which they began. */
function setUp(atOnce: number, ofOneKey: number) {
  const turns = new Turns({ atOnce, ofOneKey });
  const begun: string[] = [];
  const ends: (() => void)[] = [];
  const start = (name: string, signal = NONE): Promise<void> =>
    turns.run(name[0]!, signal, () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      begun.push(name);
      ends.push(resolve);
      return promise;
    });
  const endNext = async (): Promise<void> => {
    ends.shift()?.();
    await setImmediate();
  };
  return { begun, start, endNext };
}

describe('turns', () => {
  it('always leave one for another key, and go round among those that wait [TOL-2]', async () => {
    const { begun, start, endNext } = setUp(3, 2);
    const all = ['a1', 'a2', 'a3', 'a4', 'b1', 'b2', 'b3', 'c1', 'd1'].map((name) => start(name));
    await setImmediate();
    expect(begun).toEqual(['a1', 'a2', 'b1']);
    for (let round = 0; round < all.length; round++) await endNext();
    await Promise.all(all);
    expect(begun).toEqual(['a1', 'a2', 'b1', 'c1', 'd1', 'a3', 'b2', 'a4', 'b3']);
  });

  it('are given up by whoever is cancelled, while waiting as well [TOL-2]', async () => {
    const { begun, start, endNext } = setUp(1, 1);
    const stop = new AbortController();
    const first = start('a1');
    const waiting = start('a2', stop.signal).catch((error: unknown) => error);
    const last = start('a3');
    stop.abort(new Error('enough'));
    // At once, although the first is still under way.
    expect(await waiting).toEqual(new Error('enough'));
    await endNext();
    await endNext();
    await Promise.all([first, last]);
    expect(begun).toEqual(['a1', 'a3']);
    await expect(start('a4', stop.signal)).rejects.toThrow('enough');
  });

  it('go on after work that failed [TOL-2]', async () => {
    const turns = new Turns({ atOnce: 1, ofOneKey: 1 });
    const fail = (): Promise<never> => Promise.reject(new Error('no'));
    await expect(turns.run('a', NONE, fail)).rejects.toThrow('no');
    expect(await turns.run('b', NONE, async () => 'done')).toBe('done');
  });
});
