import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { delimiter, join } from 'node:path';

/** npm run check: all that can be said about the tree without running it. Every step runs, whatever another one finds. */

const ROOT = join(import.meta.dirname, '../..');
const BIN = join(ROOT, 'node_modules/.bin');

interface Step {
  readonly name: string;
  readonly command: readonly string[];
}

/** The slow ones first, so that two cores are busy to the end. */
const STEPS: readonly Step[] = [
  { name: 'types', command: ['tsc', '--project', '.'] },
  {
    name: 'import rules',
    command: ['depcruise', '--config', '.dependency-cruiser.mjs', 'libs', 'src', 'migrations', 'test'],
  },
  { name: 'lint', command: ['oxlint'] },
  { name: 'dead code', command: ['knip', '--no-progress'] },
  { name: 'generated files', command: ['npm', 'run', '--silent', 'generate', '--', '--check'] },
  { name: 'features and tests', command: ['node', 'scripts/check/check-features.ts'] },
  { name: 'format', command: ['oxfmt', '--check'] },
  { name: 'commit messages', command: ['node', 'scripts/check/check-commits.ts'] },
];

interface Outcome {
  readonly step: Step;
  readonly passed: boolean;
  readonly output: string;
}

async function run(step: Step): Promise<Outcome> {
  const began = performance.now();
  const [program = '', ...parameters] = step.command;
  const { passed, output } = await execute(program, parameters);
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  console.log(`${passed ? '✓' : '✗'} ${step.name.padEnd(20)} ${seconds.padStart(5)} s`);
  return { step, passed, output };
}

function execute(program: string, parameters: readonly string[]): Promise<{ passed: boolean; output: string }> {
  const env = { ...process.env, PATH: `${BIN}${delimiter}${process.env['PATH'] ?? ''}`, FORCE_COLOR: '0' };
  const options = { cwd: ROOT, env, maxBuffer: 64 * 1024 * 1024 };
  return new Promise((resolve) => {
    execFile(program, [...parameters], options, (error, stdout, stderr) => {
      const message = error && stdout + stderr === '' ? error.message : '';
      resolve({ passed: error === null, output: `${stdout}${stderr}${message}`.trim() });
    });
  });
}

/** Takes the next step as soon as one ends. */
async function runAll(): Promise<Outcome[]> {
  const waiting = [...STEPS];
  const outcomes: Outcome[] = [];
  const lane = async (): Promise<void> => {
    for (let step = waiting.shift(); step; step = waiting.shift()) outcomes.push(await run(step));
  };
  await Promise.all(Array.from({ length: Math.min(4, Math.max(2, availableParallelism())) }, lane));
  return outcomes;
}

const failures = (await runAll()).filter((outcome) => !outcome.passed);
for (const { step, output } of failures) console.log(`\n── ${step.name}: ${step.command.join(' ')}\n${output}`);
console.log(failures.length === 0 ? '\nAll checks pass.' : `\n${failures.length} of ${STEPS.length} checks fail.`);
process.exitCode = failures.length === 0 ? 0 : 1;
