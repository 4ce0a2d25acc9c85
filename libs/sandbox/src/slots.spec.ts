import { describe, expect, it } from 'vitest';
import { Slots } from './slots.js';

const never = new AbortController().signal;

/** Work that goes on until it is told to end. */
function work(): { readonly run: () => Promise<void>; readonly end: () => void; readonly begun: () => boolean } {
  const { promise, resolve } = Promise.withResolvers<void>();
  let begun = false;
  return {
    run: () => {
      begun = true;
      return promise;
    },
    end: resolve,
    begun: () => begun,
  };
}

const turns = () => new Promise((resolve) => void setImmediate(resolve));

/** Pieces of work that come for these keys, one after the other. */
function comeFor(slots: Slots, keys: string) {
  const all = [...keys].map((key) => ({ key, ...work() }));
  const done = Promise.all(all.map(({ key, run }) => slots.use(key, never, run)));
  return {
    all,
    begun: async () => {
      await turns();
      return all.map(({ key, begun }) => (begun() ? key : '-')).join('');
    },
    endAll: async () => {
      for (const { end } of all) end();
      await done;
    },
  };
}

describe('Slots', () => {
  it('let so many go on at once, and the others in the order in which they came [SBX-2]', async () => {
    const runs = comeFor(new Slots(2), 'abcd');
    expect(await runs.begun()).toBe('ab--');
    runs.all[1]?.end();
    expect(await runs.begun()).toBe('abc-');
    await runs.endAll();
    expect(await runs.begun()).toBe('abcd');
  });

  it('leave half to others, who get theirs at once [SBX-2]', async () => {
    const runs = comeFor(new Slots(4), 'aaaaaaaabbc');
    expect(await runs.begun()).toBe('aa------b-c');
    await runs.endAll();
  });

  it('go to whoever has the fewest, and in turns to equals [SBX-2]', async () => {
    const slots = new Slots(1);
    const runs = comeFor(slots, 'aaabbc');
    for (const begun of ['a-----', 'a--b--', 'a--b-c', 'aa-b-c', 'aa-bbc', 'aaabbc']) {
      expect(await runs.begun()).toBe(begun);
      runs.all.filter((each) => each.begun()).forEach(({ end }) => end());
    }
    await runs.endAll();
  });

  it('are given back by work that fails [SBX-2]', async () => {
    const slots = new Slots(1);
    await expect(slots.use('a', never, () => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
    await expect(slots.use('a', never, () => Promise.resolve('next'))).resolves.toBe('next');
  });

  it('are not waited for by who has given up [SBX-2]', async () => {
    const slots = new Slots(1);
    const [first, second, third] = [work(), work(), work()];
    const controller = new AbortController();
    const running = slots.use('a', never, first.run);
    const givenUp = slots.use('a', controller.signal, second.run);
    const last = slots.use('a', never, third.run);
    controller.abort();
    await expect(givenUp).rejects.toMatchObject({ code: 'cancelled' });
    await expect(slots.use('a', AbortSignal.abort(), second.run)).rejects.toMatchObject({ code: 'cancelled' });
    first.end();
    third.end();
    await Promise.all([running, last]);
    expect(second.begun()).toBe(false);
    await expect(slots.use('a', never, () => Promise.resolve('free'))).resolves.toBe('free');
  });
});
