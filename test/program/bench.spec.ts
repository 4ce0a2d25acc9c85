import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const FEW = ['--rounds', '1', '--alone', '2', '--together', '6', '--warm-up', '2', '--without-peers'];
const LITTLE = ['--scale', '0.01'];

/** What `--json` promises of a line. */
interface Line {
  readonly name: string;
  readonly [figure: string]: unknown;
}

interface Goal10Line extends Line {
  readonly goals_per_second: number;
  readonly rows_per_goal: number;
  readonly baseline: { readonly name: string; readonly goals_per_second: number };
  readonly ratio: number;
  readonly ratios: Readonly<Record<string, number>>;
}

// How fast anything is says nothing here: the counts are far too small, and the machine is busy with other tests.
async function bench<Shown extends Line>(only: string, more: readonly string[]): Promise<Shown[]> {
  const script = ['--import', './scripts/typescript.mjs', 'test/bench/bench.ts', '--only', only, '--json', ...more];
  const { stdout } = await promisify(execFile)(process.execPath, script, { cwd: ROOT, timeout: 170_000 });
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Shown);
}

it('measures goal-10 in process and over HTTP beside the floor, and says so as JSON', async () => {
  const lines = await bench<Goal10Line>('goal-10', FEW);
  expect(lines.map(({ name }) => name)).toEqual(['goal-10', 'goal-10-http']);
  for (const line of lines) {
    expect(line.baseline.name).toBe('floor');
    expect(line.ratio).toBeGreaterThan(0);
    expect(line.ratios['floor']).toBe(line.ratio);
    expect(line.goals_per_second).toBeGreaterThan(0);
    expect(line.rows_per_goal).toBeLessThanOrEqual(40);
  }
}, 180_000);

// One of each kind: the others stand on the same parts, and start more processes than other tests can bear beside them.
it('measures large plans, waiting goals and dispatch', async () => {
  const lines = await bench('chain,waiting,dispatch', LITTLE);
  expect(lines.map(({ name }) => name)).toEqual(['chain', 'waiting', 'dispatch']);
  expect(lines[1]).toMatchObject({ goals: 100, leases: 0 });
}, 180_000);
