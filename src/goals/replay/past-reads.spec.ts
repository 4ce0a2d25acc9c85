import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { PastReads } from './past-reads.js';

/** Reads that go on until the test ends them. */
function setUp(patienceMs?: number) {
  const reads = new PastReads(patienceMs);
  const begun: string[] = [];
  const released = Promise.withResolvers<void>();
  const read = (tenant: string) =>
    reads.run(tenant, async () => {
      begun.push(tenant);
      await released.promise;
      return tenant;
    });
  return { begun, read, release: () => released.resolve() };
}

describe('replays and forks', () => {
  it('hold four journals in memory at a time, of one tenant two, and the others wait [ORC-12, TEN-4]', async () => {
    const { begun, read, release } = setUp();
    const all = ['a', 'a', 'a', 'b', 'c', 'd'].map(read);
    await setImmediate();
    expect(begun).toEqual(['a', 'a', 'b', 'c']);
    release();
    expect(await Promise.all(all)).toEqual(['a', 'a', 'a', 'b', 'c', 'd']);
  });

  it('are told to come again where no turn comes in time, and take none then [ORC-12]', async () => {
    const { begun, read, release } = setUp(20);
    const under = [read('a'), read('a')];
    await expect(read('a')).rejects.toMatchObject({
      code: 'unavailable',
      detail: expect.stringContaining('again') as string,
    });
    release();
    await Promise.all(under);
    await setImmediate();
    expect(begun).toEqual(['a', 'a']);
  });
});
