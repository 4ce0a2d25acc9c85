import { parseArgs } from 'node:util';
import { BENCHMARKS } from './benchmarks.js';
import { loadBuilt } from './built.js';
import { DEFAULT_SIZE } from './goal-10/goal-10.js';
import { asJsonLines, asTable } from './report.js';

/*
 * npm run bench: the benchmarks of docs/performance.md. `-- --only goal-10` picks one, several with commas; `--json`
 * prints an object per line. The counts can be made smaller to see whether it works at all.
 */

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    json: { type: 'boolean', default: false },
    // Of goal-10.
    rounds: { type: 'string', default: String(DEFAULT_SIZE.rounds) },
    alone: { type: 'string', default: String(DEFAULT_SIZE.alone) },
    together: { type: 'string', default: String(DEFAULT_SIZE.together) },
    'warm-up': { type: 'string', default: String(DEFAULT_SIZE.warmUp) },
    'without-peers': { type: 'boolean', default: false },
    // Of the others: their counts by this.
    scale: { type: 'string', default: '1' },
  },
});

function count(name: 'rounds' | 'alone' | 'together' | 'warm-up'): number {
  const number = Number(values[name]);
  if (!Number.isInteger(number) || number < 1) throw new Error(`--${name} must be a whole number from 1`);
  return number;
}

function scale(): number {
  const number = Number(values.scale);
  if (!(number > 0 && number <= 10)) throw new Error('--scale must be a number above 0, at most 10');
  return number;
}

const options = {
  goal10: { rounds: count('rounds'), alone: count('alone'), together: count('together'), warmUp: count('warm-up') },
  peers: !values['without-peers'],
  scale: scale(),
};
const chosen = values.only?.split(',') ?? Object.keys(BENCHMARKS);
const unknown = chosen.filter((name) => !Object.hasOwn(BENCHMARKS, name));
if (unknown.length > 0) {
  process.stderr.write(`There is no benchmark "${unknown[0]}". Known: ${Object.keys(BENCHMARKS).join(', ')}.\n`);
  process.exitCode = 1;
} else {
  const built = await loadBuilt();
  for (const name of chosen) {
    const figures = await BENCHMARKS[name]!(built, options);
    process.stdout.write(values.json ? asJsonLines(figures) : `${asTable(figures)}\n`);
  }
}
