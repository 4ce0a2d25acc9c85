import { describe, expect, it } from 'vitest';
import { type ReleaseSlot, SlotPool, type WaitingForSlot } from './slots.js';

describe('the slots of a process', () => {
  it('go to the tenant with the fewest running tasks, and by priority within a tenant [WRK-2]', async () => {
    const pool = new SlotPool(2);
    const order: string[] = [];
    const held: ReleaseSlot[] = [];
    const ask = (tenant: string, name: string, rank = 1) => {
      const slot = pool.acquire(tenant, rank);
      void (async () => {
        const release = typeof slot === 'function' ? slot : await slot.granted;
        order.push(name);
        if (release) held.push(release);
      })();
    };
    ask('noisy', 'n1');
    ask('noisy', 'n2');
    for (let n = 3; n < 8; n++) ask('noisy', `n${n}`);
    ask('noisy', 'urgent', 3);
    ask('quiet', 'q1');
    ask('quiet', 'q2');
    await Promise.resolve();
    while (held.length > 0) {
      held.shift()!();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(order.slice(0, 2)).toEqual(['n1', 'n2']);
    expect(order[2]).toBe('q1');
    expect(order.indexOf('q2')).toBeLessThanOrEqual(4);
    expect(order.indexOf('urgent')).toBeLessThan(order.indexOf('n3'));
    expect(order).toHaveLength(10);
  });

  it('are not given back twice, and not given to who has left the line [ORC-11]', async () => {
    const pool = new SlotPool(1);
    const release = slotOf(pool.acquire('a', 0));
    release();
    release();
    const second = slotOf(pool.acquire('a', 0));
    const [gone, next] = [placeOf(pool.acquire('a', 0)), placeOf(pool.acquire('b', 0))];
    gone.withdraw();
    expect(await gone.granted).toBeUndefined();
    second();
    expect(await next.granted).toBeTypeOf('function');
    next.withdraw();
    placeOf(pool.acquire('a', 0)).withdraw();
  });
});

function slotOf(slot: ReleaseSlot | WaitingForSlot): ReleaseSlot {
  if (typeof slot !== 'function') throw new TypeError('no slot was free');
  return slot;
}

function placeOf(slot: ReleaseSlot | WaitingForSlot): WaitingForSlot {
  if (typeof slot === 'function') throw new TypeError('a slot was free');
  return slot;
}
