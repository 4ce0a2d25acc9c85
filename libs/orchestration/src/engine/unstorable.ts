import { failure } from '../orchestration.errors.js';
import { withdraw } from '../governor/approvals.js';
import type { GoalRun } from '../governor/run.js';
import type { Saver } from '../governor/saver.js';
import type { GoalChange } from '../ports/goal-store.js';
import type { Failure } from '../ports/tools.js';
import { writePositions } from '../replay/positions.js';

export const UNSTORABLE: Failure = failure(
  'internal_error',
  'The engine could not go on with this goal; the operator’s log has the reason.',
);

/**
 * Ends a goal whose change the store refused. What the change, and what came after it, said of tasks is dropped: they
 * count as failed.
 */
export async function failUnstorable(run: GoalRun, saver: Saver, refused: GoalChange | undefined): Promise<void> {
  const gathered = run.changes.discard();
  const ids = new Set([...gathered, ...(refused?.tasks ?? []).map((task) => task.id)]);
  const dropped = run.tasks.filter((task) => ids.has(task.id));
  for (const task of dropped) {
    withdraw(run.changes, task, 'The goal has ended.');
    task.state = 'FAILED';
    task.output = undefined;
    task.outputBytes = 0;
    task.error = UNSTORABLE;
    run.changes.touch(task);
  }
  const { planVersion, replans } = run.goal;
  // Whoever reads the journal must come to the same state, without the rows that are gone.
  run.changes.record('tasks.dropped', {
    reason: UNSTORABLE.detail,
    data: { code: UNSTORABLE.code, plan_version: planVersion, replans, tasks: writePositions(dropped) },
  });
  run.failure = UNSTORABLE;
  run.goal.result = null;
  run.goal.state = saver.forget();
  run.step('aborted');
  await saver.save(() => ({ wakeAt: null }));
}
