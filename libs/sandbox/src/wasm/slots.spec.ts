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

describe('Slots', () => {
  it('let so many go on at once, and the others in the order in which they came [SBX-2]', async () => {
    const slots = new Slots(2);
    const all = [work(), work(), work(), work()];
    const done = all.map(({ run }) => slots.use(never, run));
    await turns();
    expect(all.map(({ begun }) => begun())).toEqual([true, true, false, false]);
    all[1]?.end();
    await turns();
    expect(all.map(({ begun }) => begun())).toEqual([true, true, true, false]);
    for (const { end } of all) end();
    await Promise.all(done);
    expect(all.map(({ begun }) => begun())).toEqual([true, true, true, true]);
  });

  it('are given back by work that fails [SBX-2]', async () => {
    const slots = new Slots(1);
    await expect(slots.use(never, () => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
    await expect(slots.use(never, () => Promise.resolve('next'))).resolves.toBe('next');
  });

  it('are not waited for by who has given up [SBX-2]', async () => {
    const slots = new Slots(1);
    const [first, second, third] = [work(), work(), work()];
    const controller = new AbortController();
    const running = slots.use(never, first.run);
    const givenUp = slots.use(controller.signal, second.run);
    const last = slots.use(never, third.run);
    controller.abort(new Error('given up'));
    await expect(givenUp).rejects.toThrow('given up');
    await expect(slots.use(AbortSignal.abort(new Error('too late')), second.run)).rejects.toThrow('too late');
    first.end();
    third.end();
    await Promise.all([running, last]);
    expect(second.begun()).toBe(false);
    await expect(slots.use(never, () => Promise.resolve('free'))).resolves.toBe('free');
  });
});
