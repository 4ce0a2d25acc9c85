import { describe, expect, it } from 'vitest';
import { type ReleaseSlot, SlotPool } from './slots.js';

describe('the slots of a process', () => {
  it('go to the tenant with the fewest running tasks, and by priority within a tenant [WRK-2]', async () => {
    const pool = new SlotPool(2);
    const order: string[] = [];
    const held: ReleaseSlot[] = [];
    const ask = (tenant: string, name: string, rank = 1) => {
      const slot = pool.acquire(tenant, rank);
      void (async () => {
        const release = await slot;
        order.push(name);
        held.push(release);
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

  it('are not given back twice', async () => {
    const pool = new SlotPool(1);
    const release = await pool.acquire('a', 0);
    release();
    release();
    await pool.acquire('a', 0);
    let second = false;
    void Promise.resolve(pool.acquire('a', 0)).then(() => (second = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(second).toBe(false);
  });
});
