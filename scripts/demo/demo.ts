import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Api } from '../cli/api.ts';
import { Approver } from '../cli/approval.ts';
import { type Bar, barLines } from '../cli/bars.ts';
import { EXIT, explain } from '../cli/errors.ts';
import { Interrupted, Interrupts } from '../cli/interrupts.ts';
import { Keyboard } from '../cli/keyboard.ts';
import { Screen } from '../cli/screen.ts';
import { loadEnvironmentFile } from '../cli/server.ts';
import { count, duration, padEnd, wrap } from '../cli/text.ts';
import { type Decide, byOption, byPerson } from '../cli/watch.ts';
import { type BundledGoal, bundledGoals } from './bundled.ts';
import { DEMO_HELP, type DemoOptions, readDemoOptions } from './options.ts';
import { type Reached, reachServer } from './reach-server.ts';
import { printInterrupted, printResults } from './report.ts';
import { Run } from './run.ts';

/** Everything that a demo works with. */
interface Stage {
  readonly options: DemoOptions;
  readonly screen: Screen;
  readonly keyboard: Keyboard;
  readonly signal: AbortSignal;
}

/** Runs the bundled goals and gives the exit code. */
export async function demo(args: readonly string[]): Promise<number> {
  const screen = new Screen();
  const keyboard = new Keyboard();
  const interrupts = new Interrupts();
  try {
    loadEnvironmentFile();
    const options = readDemoOptions(args);
    if (options.help) {
      screen.print(DEMO_HELP);
      return EXIT.done;
    }
    return await present(bundledGoals(options.only), { options, screen, keyboard, signal: interrupts.signal });
  } catch (error) {
    screen.end();
    if (error instanceof Interrupted) return EXIT.interrupted;
    const explained = explain(error);
    if (!explained) throw error;
    process.stderr.write(`${explained.lines.join('\n')}\n`);
    return explained.code;
  } finally {
    keyboard.close();
    interrupts.release();
  }
}

async function present(goals: readonly BundledGoal[], stage: Stage): Promise<number> {
  const server = await reachServer(stage);
  const folder = folderFor(stage.options);
  const runs = goals.map((goal) => new Run(goal));
  try {
    stage.screen.print(
      '',
      ...wrap(`Agent Village demo: ${count(goals.length, 'goal')} on ${server.url}`, stage.screen.width).map((line) =>
        stage.screen.paint('bold', line),
      ),
      '',
    );
    await runAll(runs, server, folder, stage);
    printResults(stage.screen, runs, folder, server);
    return runs.every(({ verdict }) => verdict?.good) ? EXIT.done : EXIT.failed;
  } catch (error) {
    stage.screen.end();
    if (error instanceof Interrupted) printInterrupted(stage.screen, runs, server.isOwn);
    throw error;
  } finally {
    await server.release();
  }
}

async function runAll(runs: readonly Run[], server: Reached, folder: string, stage: Stage): Promise<void> {
  const { screen, signal } = stage;
  const api = new Api(server);
  const decide = decider(api, runs, stage);
  const names = Math.max(...runs.map(({ bundled }) => bundled.name.length));
  const say = (run: Run, text: string): void => {
    if (!screen.isLive) screen.print(`${padEnd(run.bundled.name, names)}  ${text}`);
  };
  screen.show(() => barLines(screen, runs.map(barOf)));
  const stop = new AbortController();
  const until = AbortSignal.any([signal, stop.signal]);
  const follow = async (run: Run): Promise<void> => {
    await run.watch({ api, decide, signal: until }, join(folder, run.bundled.name));
    say(run, `${run.verdict?.word ?? ''} (${duration(run.elapsed ?? 0)})`);
  };
  // Whatever fails first ends all, and all have come to rest before it is told.
  const failed = (error: unknown): void => stop.abort(error);
  const followed: Promise<void>[] = [];
  for (const run of runs) {
    if (until.aborted) break;
    await run.submit(api).catch(failed);
    say(run, run.id === undefined ? 'not accepted' : `submitted, ${count(run.progress.total, 'task')}: ${run.id}`);
    if (run.id !== undefined) followed.push(follow(run).catch(failed));
  }
  await Promise.all(followed);
  screen.end();
  until.throwIfAborted();
}

function barOf({ bundled, progress, elapsed, verdict }: Run): Bar {
  return {
    name: bundled.name,
    progress,
    elapsed,
    verdict: verdict && (verdict.good ? 'good' : 'bad'),
    word: verdict?.word ?? (elapsed === undefined ? 'to come' : undefined),
  };
}

function decider(api: Api, runs: readonly Run[], { options, screen, keyboard }: Stage): Decide {
  const approver = new Approver(api, screen, keyboard);
  if (!options.yes) return byPerson(approver);
  return byOption(
    approver,
    (line) => screen.print(screen.paint('bold', line)),
    ({ goal }) => {
      const isRefusal = runs.find(({ bundled }) => bundled.name === goal)?.bundled.answer === 'reject';
      return isRefusal
        ? { approved: false, reason: 'npm run demo shows a refusal', because: 'this goal shows a refusal' }
        : { approved: true, reason: 'npm run demo -- --yes', because: '--yes was given' };
    },
  );
}

function folderFor({ out }: DemoOptions): string {
  if (out === undefined) return mkdtempSync(join(tmpdir(), 'agent-village-results-'));
  mkdirSync(out, { recursive: true });
  return resolve(out);
}
