import { describe, expect, it } from 'vitest';
import { PlainJail } from './jail/plain-jail.js';
import { MemoryWatch, machineMemory } from './memory-watch.js';
import { DEFAULT_LIMITS } from './sandbox.port.js';
import { supervise } from './supervise.js';

const GIB = 1024 ** 3;

describe('MemoryWatch', () => {
  it.each([
    ['is not missed while there is enough', 10, 2, false],
    ['is missed when it is scarce and a run may have taken it', 10, 0.9, true],
    ['is not missed of a run that came when it was scarce already', 1, 0.9, false],
  ])('memory of the machine %s [SBX-2]', (_, before, now, missed) => {
    let available = before;
    const watch = new MemoryWatch(GIB / 2, () => ({ totalBytes: 20 * GIB, availableBytes: available * GIB }));
    available = now;
    expect(watch.isMissed()).toBe(missed);
  });

  it.skipIf(process.platform !== 'linux')('stops a run that may have taken it (Linux only) [SBX-2]', async () => {
    const limits = { ...DEFAULT_LIMITS, wallMs: 20_000 };
    const spec = { argv: ['sleep', '1000'], readOnly: [], writable: [], env: {}, cwd: '/', limits };
    let available = 10 * GIB;
    const machine = () => ({ totalBytes: 20 * GIB, availableBytes: available });
    const run = supervise(await new PlainJail().start(spec), { limits, machine, signal: new AbortController().signal });
    available = 0;
    await expect(run).rejects.toMatchObject({
      code: 'sandbox_memory',
      message: expect.stringContaining('The machine ran short of memory'),
    });
  });

  it('knows this machine, or leaves runs alone [SBX-2]', () => {
    const { totalBytes, availableBytes } = machineMemory();
    expect(availableBytes).toBeGreaterThan(0);
    expect(totalBytes).toBeGreaterThanOrEqual(0);
  });
});
