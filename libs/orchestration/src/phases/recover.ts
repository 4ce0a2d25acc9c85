import { failure } from '../orchestration.errors.js';
import { taskData } from '../governor/change-log.js';
import type { GovernorDeps } from '../governor/deps.js';
import type { GoalRun } from '../governor/run.js';
import type { TaskRun } from '../governor/task-run.js';
import { type PlanTask, maxAttempts } from '../plan/plan.js';
import { MissingReference } from '../plan/references.js';
import { mustNotRepeat } from '../safety/must-not-repeat.js';
import { resolveArguments } from './arguments.js';
import { askAboutOutcome } from './outcome-question.js';

/**
 * Looks at tasks that were running when their goal lost its owner. What can be repeated is; about a call that must not be
 * repeated blindly a person is asked. The attempt counts: a task that kills the process must not do so for ever.
 */
export function recover(run: GoalRun, deps: Pick<GovernorDeps, 'ids' | 'limits'>): void {
  const goOn = new Set(run.tasks.map((task) => run.dispatches.callOf(task)?.id));
  // Checks whose result nobody waits for any more.
  for (const id of run.dispatches.ids) if (!goOn.has(id)) forget(run, id);
  for (const task of run.tasks) {
    if (run.dispatches.callOf(task)) continue;
    // One that is queued without a call that could be heard of may have been begun just as well.
    if (task.state !== 'RUNNING' && task.state !== 'QUEUED') continue;
    const planned = run.plan.tasks[run.graph.positionOf.get(task.key)!]!;
    if (mustNotRepeat(run, task)) {
      const why = `The process stopped while ${task.tool} was under way; it may have taken effect.`;
      askAboutOutcome(run, deps, { task, planned, given: argumentsOf(run, planned) }, why);
    } else repeat(run, task, planned);
  }
}

function repeat(run: GoalRun, task: TaskRun, planned: PlanTask): void {
  const isOver = task.attempts >= maxAttempts(planned);
  const error = isOver ? failure('interrupted', `The process stopped during each of ${task.attempts} attempts.`) : null;
  task.state = error ? 'FAILED' : 'READY';
  task.error = error;
  task.finishedAt = run.now();
  run.changes.touch(task);
  run.changes.record(error ? 'task.failed' : 'task.interrupted', {
    reason: error?.detail ?? 'The process that ran it stopped.',
    data: { ...taskData(task), ...(error && { error: { ...error } }) },
  });
}

/** What it was called with: its references could be replaced when it began, and what they name has not changed. */
function argumentsOf(run: GoalRun, planned: PlanTask) {
  try {
    return resolveArguments(run, planned);
  } catch (error) {
    if (!(error instanceof MissingReference)) throw error;
    return planned.arguments ?? {};
  }
}

function forget({ dispatches, changes }: GoalRun, id: string): void {
  dispatches.remove(id);
  changes.endDispatch(id);
}
