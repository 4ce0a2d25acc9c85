import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const FEW = ['--rounds', '1', '--alone', '2', '--together', '6', '--warm-up', '2', '--without-peers'];

/** What `--json` promises of a line. */
interface Line {
  readonly name: string;
  readonly goals_per_second: number;
  readonly rows_per_goal: number;
  readonly baseline: { readonly name: string; readonly goals_per_second: number };
  readonly ratio: number;
}

// How fast it is says nothing here: the counts are far too small, and the machine is busy with other tests.
it('measures goal-10 in process and over HTTP beside the floor, and says so as JSON', async () => {
  const script = ['--import', './scripts/typescript.mjs', 'test/bench/bench.ts', '--only', 'goal-10', '--json', ...FEW];
  const { stdout } = await promisify(execFile)(process.execPath, script, { cwd: ROOT, timeout: 110_000 });
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
  expect(lines.map(({ name }) => name)).toEqual(['goal-10', 'goal-10-http']);
  for (const line of lines) {
    expect(line.baseline.name).toBe('floor');
    expect(line.ratio).toBeGreaterThan(0);
    expect(line.goals_per_second).toBeGreaterThan(0);
    expect(line.rows_per_goal).toBeLessThanOrEqual(40);
  }
}, 120_000);
