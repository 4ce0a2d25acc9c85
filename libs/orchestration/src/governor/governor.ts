import { assertNever } from '#libs/kernel';
import { isFinal } from '../machine/states.js';
import { Execution } from '../phases/execution.js';
import type { Phase } from '../phases/phase.js';
import { PHASES } from '../phases/phases.js';
import type { Halt } from '../ports/goal.js';
import { expireApprovals, isWaiting, nextExpiry } from './approvals.js';
import type { GovernorDeps } from './deps.js';
import { enforceLimits } from './limits.js';
import type { Interrupt } from './interrupts.js';
import type { GoalRun } from './run.js';
import { LeaseLost, type Saver } from './saver.js';

const SHORTEST_SLEEP_MS = 250;

/** How a goal left its owner's hands. */
export type Ending = 'finished' | 'parked' | 'lost';

/**
 * Drives one goal: the phase of its state gives an outcome, the machine turns that into a transition, and so on until
 * it is final, has to wait, or belongs to somebody else. Pure steps are not stored one by one; whoever makes an
 * effect stores first (see Attempt), the engine stores what has been pending for a while, and the end stores the rest.
 */
export async function govern(run: GoalRun, deps: GovernorDeps, saver: Saver): Promise<Ending> {
  try {
    while (!isFinal(run.goal.state)) {
      enforceLimits(run, deps.limits);
      // Also while it is paused: what expires is refused at its time.
      expireApprovals(run, run.tasks);
      if (run.dispatches.size > 0) await stopCallsElsewhere(run, deps, saver);
      const interrupt = run.interrupts.current;
      if (interrupt) {
        const parked = await obey(interrupt, run, saver);
        if (parked) return parked;
        continue;
      }
      const result = mustWait(run) ? 'waiting' : await work(run, deps, saver);
      if (result === 'waiting') {
        if (await park(run, saver, () => mustWait(run) || isWaiting(run.tasks))) return 'parked';
      } else if (result !== 'interrupted') run.step(result.outcome, result);
    }
    await saver.save(() => ({ wakeAt: null }));
    return 'finished';
  } catch (error) {
    if (error instanceof LeaseLost) return 'lost';
    throw error;
  }
}

function work(run: GoalRun, deps: GovernorDeps, saver: Saver): ReturnType<Phase> {
  run.worked = true;
  return PHASES[run.goal.state]!(run, deps, saver);
}

/** Submitted to wait for its start, or paused: nothing to do until a command comes. */
function mustWait({ goal }: GoalRun): boolean {
  return goal.paused !== null || (goal.held && goal.state === 'RECEIVED');
}

/**
 * Calls that other workers were given before this owner came are stopped and heard of, before their goal ends. An
 * execution that is interrupted starts nothing more: it only stops what is under way, and waits for how it ends.
 */
async function stopCallsElsewhere(run: GoalRun, deps: GovernorDeps, saver: Saver): Promise<void> {
  const kind = run.interrupts.current?.kind;
  if (kind === 'cancel' || kind === 'abort') await new Execution(run, deps, saver).untilDone();
}

/** Does what an interrupt asks for; gives the ending where that ends the owner's work. */
async function obey(interrupt: Interrupt, run: GoalRun, saver: Saver): Promise<Ending | undefined> {
  switch (interrupt.kind) {
    case 'lost':
      return 'lost';
    case 'cancel':
      run.step('cancelled', { actor: interrupt.by, reason: interrupt.reason });
      return undefined;
    case 'abort':
      run.failure = interrupt.failure;
      run.step('aborted', { reason: interrupt.failure.detail });
      return undefined;
    case 'pause':
      return (await park(run, saver, () => mustWait(run))) ? 'parked' : undefined;
    case 'halt':
      noteHalt(run, interrupt.halt);
      await saver.save(() => ({ wakeAt: run.now() }));
      return 'parked';
    case 'handover':
      await saver.save(() => ({ wakeAt: run.now() }));
      return 'parked';
    default:
      return assertNever(interrupt);
  }
}

/** Once for each time that it has stopped something: a goal that was only looked at has nothing to tell. */
function noteHalt({ changes, worked }: GoalRun, { scope, by, reason }: Halt): void {
  if (!worked) return;
  changes.record('goal.halted', { actor: by, reason, data: { scope } });
  changes.event({ type: 'goal.halted', actor: by, data: { scope, reason } });
}

/**
 * Gives the goal back until a command comes, an approval expires, or its deadline. Whether there is really nothing to
 * do is seen in the moment of the commit; false when a command was quicker.
 */
async function park(run: GoalRun, saver: Saver, isIdle: () => boolean): Promise<boolean> {
  let parked = false;
  await saver.save(() => {
    parked = isIdle();
    return parked ? { wakeAt: wakeTime(run) } : null;
  });
  return parked;
}

/** Never a time that has passed: a goal that is due at once would be claimed and given back without end. */
function wakeTime({ goal, tasks, now }: GoalRun): number | null {
  const next = earliest(goal.deadline, nextExpiry(tasks));
  return next === null ? null : Math.max(next, now() + SHORTEST_SLEEP_MS);
}

function earliest(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.min(a, b);
}
