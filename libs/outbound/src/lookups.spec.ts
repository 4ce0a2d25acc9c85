import type { LookupAddress } from 'node:dns';
import { describe, expect, it } from 'vitest';
import { AllowList } from './allow-list.js';
import { AddressGuard } from './guard.js';
import { boundedLookup } from './lookups.js';
import { targetOf } from './targets.js';

const FOUND: readonly LookupAddress[] = [{ address: '8.8.8.8', family: 4 }];

/** Look-ups of names that begin with `slow` never end until the test says so. */
function setUp(limits: { readonly atOnce: number; readonly timeoutMs: number }) {
  const asked: string[] = [];
  const slow = Promise.withResolvers<readonly LookupAddress[]>();
  const lookup = boundedLookup(async (host) => {
    asked.push(host);
    return host.startsWith('slow') ? slow.promise : FOUND;
  }, limits);
  return { asked, lookup, answer: () => slow.resolve(FOUND) };
}

describe('look-ups', () => {
  it('are no more at a time than they may be; the next begins when one ends [SAF-4]', async () => {
    const { asked, lookup, answer } = setUp({ atOnce: 2, timeoutMs: 60_000 });
    const all = ['slow-1', 'slow-2', 'three', 'four'].map(lookup);
    expect(asked).toEqual(['slow-1', 'slow-2']);
    answer();
    expect(await Promise.all(all)).toEqual([FOUND, FOUND, FOUND, FOUND]);
    expect(asked).toEqual(['slow-1', 'slow-2', 'three', 'four']);
  });

  it('free those who ask after a time, and are not begun for those who left [SAF-4]', async () => {
    const { asked, lookup, answer } = setUp({ atOnce: 1, timeoutMs: 20 });
    const guard = new AddressGuard(new AllowList([]), lookup);
    const admit = (host: string) => guard.admit(targetOf(`http://${host}/`));
    for (const attempt of [admit('slow.example'), admit('left.example')]) {
      await expect(attempt).rejects.toMatchObject({ code: 'host_not_found', retryable: true });
    }
    answer();
    await expect.poll(() => admit('next.example').catch(() => [])).toEqual(FOUND);
    expect(asked).not.toContain('left.example');
  });

  it('go on after one that failed [SAF-4]', async () => {
    const lookup = boundedLookup(
      (host) => (host === 'none' ? Promise.reject(new Error('no')) : Promise.resolve(FOUND)),
      { atOnce: 1, timeoutMs: 60_000 },
    );
    await expect(lookup('none')).rejects.toThrow('no');
    expect(await lookup('some')).toEqual(FOUND);
  });
});
