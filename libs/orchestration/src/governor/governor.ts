import { assertNever } from '#libs/kernel';
import { isFinal } from '../machine/states.js';
import { PHASES } from '../phases/phases.js';
import type { GovernorDeps } from './deps.js';
import { enforceLimits } from './limits.js';
import type { Interrupt } from './interrupts.js';
import type { GoalRun } from './run.js';
import { LeaseLost, type Saver } from './saver.js';

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
      const interrupt = run.interrupts.current;
      if (interrupt) {
        const parked = await obey(interrupt, run, saver);
        if (parked) return parked;
        continue;
      }
      if (mustWait(run)) return await park(run, saver);
      const result = await PHASES[run.goal.state]!(run, deps, saver);
      if (result !== 'interrupted') run.step(result.outcome, result);
    }
    await saver.save({ wakeAt: null });
    return 'finished';
  } catch (error) {
    if (error instanceof LeaseLost) return 'lost';
    throw error;
  }
}

/** Submitted to wait for its start, or paused: nothing to do until a command comes. */
function mustWait({ goal }: GoalRun): boolean {
  return goal.paused !== null || (goal.held && goal.state === 'RECEIVED');
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
      return park(run, saver);
    case 'handover':
      await saver.save({ wakeAt: run.now() });
      return 'parked';
    default:
      return assertNever(interrupt);
  }
}

/** Gives the goal back until a command comes, or its deadline. */
async function park(run: GoalRun, saver: Saver): Promise<Ending> {
  await saver.save({ wakeAt: run.goal.deadline });
  return 'parked';
}
