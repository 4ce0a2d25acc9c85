import { exec } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { delimiter, join } from 'node:path';

/** npm run check: all that can be said about the tree without running it. Every step runs, whatever another one finds. */

const ROOT = join(import.meta.dirname, '../..');
const BIN = join(ROOT, 'node_modules/.bin');

interface Step {
  readonly name: string;
  readonly command: string;
}

/** The scripts of package.json named `check:…`, in their order: the slow ones first, so that two cores are busy to the end. */
function steps(): Step[] {
  const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
  return Object.entries(manifest.scripts)
    .filter(([name]) => name.startsWith('check:'))
    .map(([name, command]) => ({ name: name.slice('check:'.length), command }));
}

interface Outcome {
  readonly step: Step;
  readonly passed: boolean;
  readonly output: string;
}

async function run(step: Step): Promise<Outcome> {
  const began = performance.now();
  const { passed, output } = await execute(step.command);
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  console.log(`${passed ? '✓' : '✗'} ${step.name.padEnd(12)} ${seconds.padStart(5)} s`);
  return { step, passed, output };
}

function execute(command: string): Promise<{ passed: boolean; output: string }> {
  const env = { ...process.env, PATH: `${BIN}${delimiter}${process.env['PATH'] ?? ''}`, FORCE_COLOR: '0' };
  const options = { cwd: ROOT, env, maxBuffer: 64 * 1024 * 1024 };
  return new Promise((resolve) => {
    exec(command, options, (error, stdout, stderr) => {
      const message = error && stdout + stderr === '' ? error.message : '';
      resolve({ passed: error === null, output: `${stdout}${stderr}${message}`.trim() });
    });
  });
}

/** Takes the next step as soon as one ends. */
async function runAll(all: readonly Step[]): Promise<Outcome[]> {
  const waiting = [...all];
  const outcomes: Outcome[] = [];
  const lane = async (): Promise<void> => {
    for (let step = waiting.shift(); step; step = waiting.shift()) outcomes.push(await run(step));
  };
  await Promise.all(Array.from({ length: Math.min(4, Math.max(2, availableParallelism())) }, lane));
  return outcomes;
}

const all = steps();
const failures = (await runAll(all)).filter((outcome) => !outcome.passed);
for (const { step, output } of failures) console.log(`\n── ${step.name}: ${step.command}\n${output}`);
console.log(failures.length === 0 ? '\nAll checks pass.' : `\n${failures.length} of ${all.length} checks fail.`);
process.exitCode = failures.length === 0 ? 0 : 1;
