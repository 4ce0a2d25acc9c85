import { failure } from '../orchestration.errors.js';
import { taskData } from '../governor/change-log.js';
import type { GoalRun } from '../governor/run.js';
import type { TaskRun } from '../governor/task-run.js';
import { maxAttempts } from '../plan/plan.js';
import type { Failure } from '../ports/tools.js';

/**
 * Looks at tasks that were running when their goal lost its owner. What can be repeated is; a call that must not be
 * repeated blindly is not, and says so. The attempt counts: a task that kills the process must not do so for ever.
 */
export function recover(run: GoalRun): void {
  for (const task of run.tasks) {
    if (task.state !== 'RUNNING') continue;
    const error = failureOf(task, run);
    task.state = error ? 'FAILED' : 'READY';
    task.error = error ?? null;
    task.finishedAt = run.now();
    run.changes.touch(task);
    run.changes.record(error ? 'task.failed' : 'task.interrupted', {
      reason: error?.detail ?? 'The process that ran it stopped.',
      data: { ...taskData(task), ...(error && { error: { ...error } }) },
    });
  }
}

function failureOf(task: TaskRun, run: GoalRun): Failure | undefined {
  const planned = run.plan.tasks[run.graph.positionOf.get(task.key)!];
  const facts = run.tools.find(task.tool)?.facts(planned?.arguments ?? {});
  // What is not known to be harmless twice is not done twice; nor is a command that checks a result.
  const isRisky = (facts?.effect ?? 'non_idempotent') === 'non_idempotent' || planned?.check?.command !== undefined;
  if (isRisky) {
    return failure(
      'outcome_uncertain',
      `The process stopped while ${task.tool} was under way; it may have taken effect and is not repeated blindly.`,
    );
  }
  if (planned && task.attempts < maxAttempts(planned)) return undefined;
  return failure('interrupted', `The process stopped during each of ${task.attempts} attempts.`);
}
