import type { GoalRun } from '../governor/run.js';
import { isFinal } from '../machine/states.js';
import { MACHINE_VERSION } from '../machine/version.js';
import type { GoalRecord } from '../ports/goal.js';

/** Writes down what taking a goal up has changed about it. `stored` is the goal as it was before `upgraded`. */
export function noteVersion({ changes, goal }: GoalRun, stored: GoalRecord): void {
  const { machine, paused } = stored;
  if (isFinal(goal.state)) return;
  if (machine !== MACHINE_VERSION) {
    const reason = `From version ${machine} of the machine to version ${MACHINE_VERSION}.`;
    changes.record('goal.upgraded', { reason, data: { from: machine, to: MACHINE_VERSION } });
  }
  if (paused?.machine === undefined) return;
  const reason = 'A process that knows its machine has taken it up.';
  changes.record('goal.resumed', { reason });
  changes.event({ type: 'goal.resumed', actor: changes.worker, data: { reason } });
  // What somebody had asked for before stands again.
  if (goal.paused) changes.record('goal.paused', { actor: goal.paused.by, reason: goal.paused.reason });
}
