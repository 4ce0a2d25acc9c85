import { assert, asyncProperty } from 'fast-check';
import { describe, it } from 'vitest';
import { scenario } from '../conformance/simulation/scenario.js';
import { inVirtualTime } from '../conformance/simulation/virtual-time.js';
import { LONGEST_MS, World } from '../conformance/simulation/world.js';

/** With FAULTS=long it takes minutes. A failure tells its seed, and the smallest scenario that fails in the same way. */
const RUNS = process.env['FAULTS'] === 'long' ? 30_000 : 300;

describe('engines over one store', () => {
  it('keep every law whatever is planned, asked, killed, frozen or not answered [ORC-2, ORC-3, ORC-6, ORC-8, ORC-11, ORC-16, SAF-3, SAF-7, TOL-7, WRK-4]', async () => {
    await assert(
      asyncProperty(scenario, (drawn) => inVirtualTime(LONGEST_MS, () => new World(drawn).play())),
      { numRuns: RUNS },
    );
  }, 900_000);
});
