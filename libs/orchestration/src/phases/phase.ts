import type { JsonObject } from '#libs/kernel';
import type { GovernorDeps } from '../governor/deps.js';
import type { GoalRun } from '../governor/run.js';
import type { Saver } from '../governor/saver.js';
import type { Outcome } from '../machine/outcomes.js';

/** What came out of a phase; the machine decides where that leads. */
export interface PhaseResult {
  readonly outcome: Outcome;
  readonly reason?: string;
  readonly data?: JsonObject;
}

/**
 * The work of one state. `interrupted` leaves the state as it is: the governor looks at the interrupt. `waiting` does
 * so, too: there is nothing to do until somebody decides.
 */
export type Phase = (
  run: GoalRun,
  deps: GovernorDeps,
  saver: Saver,
) => Promise<PhaseResult | 'interrupted' | 'waiting'>;
