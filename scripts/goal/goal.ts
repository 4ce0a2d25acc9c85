import { Api } from '../cli/api.ts';
import { Approver } from '../cli/approval.ts';
import { type Bar, barLines } from '../cli/bars.ts';
import { EXIT, explain } from '../cli/errors.ts';
import { Interrupted, Interrupts } from '../cli/interrupts.ts';
import { Keyboard } from '../cli/keyboard.ts';
import { Progress } from '../cli/progress.ts';
import { type Ended, resultsOf } from '../cli/results.ts';
import { Screen } from '../cli/screen.ts';
import { findRunning, loadEnvironmentFile } from '../cli/server.ts';
import { rehearseGoal, submitGoal } from '../cli/submit.ts';
import { type Decide, byOption, byPerson, watchGoal } from '../cli/watch.ts';
import { type Goal, type PlaybookSummary, isFinal } from '../cli/wire.ts';
import { draftGoal } from './draft.ts';
import { GOAL_HELP, type GoalOptions, readGoalOptions } from './options.ts';
import { endLines, entryLines, playbookLines, rehearsalLines, submittedLines } from './show.ts';

interface Session {
  readonly options: GoalOptions;
  readonly api: Api;
  readonly screen: Screen;
  readonly keyboard: Keyboard;
  readonly signal: AbortSignal;
}

/** Submits a goal as the options say, and gives the exit code. */
export async function goal(args: readonly string[]): Promise<number> {
  const interrupts = new Interrupts();
  // What is for programs goes to standard output alone; what people watch goes to standard error then.
  const out = args.includes('--json') ? process.stderr : process.stdout;
  const screen = new Screen(out);
  const keyboard = new Keyboard(out);
  try {
    loadEnvironmentFile();
    const options = readGoalOptions(args);
    if (options.help || args.length === 0) {
      screen.print(GOAL_HELP);
      return options.help ? EXIT.done : EXIT.wrong;
    }
    const api = new Api(await findRunning(options));
    return await perform({ options, api, screen, keyboard, signal: interrupts.signal });
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

async function perform(session: Session): Promise<number> {
  const { options, api, screen } = session;
  if (options.playbooks) {
    const playbooks = await api.all<PlaybookSummary>('/api/v1/playbooks');
    if (options.json) printJson(playbooks);
    else screen.print(...playbookLines(screen, playbooks));
    return EXIT.done;
  }
  const draft = await draftGoal(options, api);
  if (options.dryRun) {
    const rehearsal = await rehearseGoal(api, draft);
    if (options.json) printJson(rehearsal);
    else screen.print(...rehearsalLines(screen, rehearsal));
    return EXIT.done;
  }
  const submitted = await submitGoal(api, draft);
  if (!options.json) screen.print(...submittedLines(submitted, api.url));
  if (options.watch) return watch(session, submitted);
  if (options.json) printJson(submitted);
  return EXIT.done;
}

async function watch(session: Session, submitted: Goal): Promise<number> {
  const { options, api, screen, signal } = session;
  const progress = new Progress(submitted.progress.total);
  const began = Date.now();
  const bar = (): Bar => ({ name: 'goal', progress, elapsed: Date.now() - began });
  screen.show(() => (progress.isOver ? [] : barLines(screen, [bar()])));
  try {
    const left = await watchGoal(
      { id: submitted.id, name: 'The goal', progress },
      {
        api,
        signal,
        decide: decider(session),
        onEntry: (entry) => {
          const lines = entryLines(screen, entry);
          if (lines.length > 0) screen.print(...lines);
        },
      },
    );
    screen.end();
    const ended = await resultsOf(api, submitted.id, options.out);
    if (options.json) printJson(ended.goal);
    if (left === 'waiting') {
      screen.print(`It waits for an approval, and nobody here answers. ${howToDecide(submitted)}`);
      return EXIT.waiting;
    }
    if (!options.json) screen.print(...endLines(screen, ended, Date.now() - began));
    return exitOf(ended);
  } catch (error) {
    screen.end();
    if (error instanceof Interrupted) screen.print('', `Nothing was cancelled: ${submitted.id} goes on at ${api.url}.`);
    throw error;
  }
}

function exitOf({ goal: { state } }: Ended): number {
  return isFinal(state) && state === 'COMPLETED' ? EXIT.done : EXIT.failed;
}

function howToDecide({ id }: Goal): string {
  return `POST /api/v1/goals/${id}/approve decides it.`;
}

function decider({ options, api, screen, keyboard }: Session): Decide {
  const approver = new Approver(api, screen, keyboard);
  if (!options.yes) return byPerson(approver);
  const answer = { approved: true, reason: 'npm run goal -- --yes', because: '--yes was given' };
  return byOption(
    approver,
    (line) => screen.print(screen.paint('bold', line)),
    () => answer,
  );
}

function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, undefined, 2)}\n`);
}
