import { parseArgs } from 'node:util';
import { openArena } from './arena.js';
import { loadBuilt } from './built.js';
import { DEFAULT_SIZE, goal10 } from './goal-10/goal-10.js';
import { type Figures, asJsonLines, asTable } from './report.js';

/*
 * npm run bench: the benchmarks of docs/performance.md. `-- --only goal-10` picks one, `--json` prints an object per
 * line; the counts can be made smaller to see whether it works at all.
 */

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    json: { type: 'boolean', default: false },
    rounds: { type: 'string', default: String(DEFAULT_SIZE.rounds) },
    alone: { type: 'string', default: String(DEFAULT_SIZE.alone) },
    together: { type: 'string', default: String(DEFAULT_SIZE.together) },
    'warm-up': { type: 'string', default: String(DEFAULT_SIZE.warmUp) },
  },
});

const BENCHMARKS: Readonly<Record<string, () => Promise<readonly Figures[]>>> = { 'goal-10': runGoal10 };

async function runGoal10(): Promise<readonly Figures[]> {
  const built = await loadBuilt();
  await using arena = await openArena(built, ['floor', 'engine', 'http']);
  return await goal10(built, arena, {
    rounds: count('rounds'),
    alone: count('alone'),
    together: count('together'),
    warmUp: count('warm-up'),
  });
}

function count(name: 'rounds' | 'alone' | 'together' | 'warm-up'): number {
  const number = Number(values[name]);
  if (!Number.isInteger(number) || number < 1) throw new Error(`--${name} must be a whole number from 1`);
  return number;
}

const chosen = Object.keys(BENCHMARKS).filter((name) => values.only === undefined || name === values.only);
if (chosen.length === 0) {
  process.stderr.write(`There is no benchmark "${values.only}". Known: ${Object.keys(BENCHMARKS).join(', ')}.\n`);
  process.exitCode = 1;
}
for (const name of chosen) {
  const figures = await BENCHMARKS[name]!();
  process.stdout.write(values.json ? asJsonLines(figures) : asTable(figures));
}
