import { failure } from '../orchestration.errors.js';
import type { JsonValue } from '#libs/kernel';
import type { Effect } from '../machine/outcomes.js';
import { isFinal } from '../machine/states.js';
import { type Graph, downstream } from '../plan/graph.js';
import type { Plan } from '../plan/plan.js';
import type { Actor, GoalRecord, Progress, TaskRecord } from '../ports/goal.js';
import type { Failure, ToolCatalogue } from '../ports/tools.js';
import { mustNotRepeat } from '../safety/must-not-repeat.js';
import { withdraw } from './approvals.js';
import { type ChangeLog, taskData } from './change-log.js';
import type { Mutable } from './task-run.js';

/** Most bytes of outputs that a goal's result repeats; the rest is read from its tasks. */
const MAX_RESULT_BYTES = 256 * 1024;

/** The part of a goal in its owner's hands that effects work on. */
export interface Affected {
  readonly goal: Mutable<GoalRecord>;
  readonly plan: Plan;
  readonly tasks: readonly Mutable<TaskRecord>[];
  readonly graph: Graph;
  readonly changes: ChangeLog;
  readonly tools: ToolCatalogue;
  readonly failure: Failure | undefined;
  readonly now: () => number;
}

/** What the transitions of the table do to the goal beside its state. */
export const EFFECTS: Record<Effect, (run: Affected, actor: Actor) => void> = {
  none: () => undefined,
  start: ({ goal, now }) => {
    goal.startedAt = now();
  },
  'count replan': ({ goal }) => {
    goal.replans += 1;
    goal.error = null;
  },
  complete: (run, actor) => {
    run.goal.result = resultOf(run);
    finish(run, 'goal.completed', actor);
  },
  fail: (run, actor) => {
    run.goal.error = run.failure ?? failure('internal_error', 'The goal failed for a reason that was not recorded.');
    finish(run, 'goal.failed', actor);
  },
  cancel: (run, actor) => finish(run, 'goal.cancelled', actor),
};

function finish(run: Affected, type: 'goal.completed' | 'goal.failed' | 'goal.cancelled', actor: Actor): void {
  const { goal, changes, now } = run;
  closeOpenTasks(run);
  goal.finishedAt = now();
  goal.paused = null;
  changes.event({ type, actor, data: { state: goal.state, error: goal.error && { ...goal.error } } });
}

/** What waits for a failed task is skipped; everything else that has not ended is cancelled. */
function closeOpenTasks(run: Affected): void {
  const failed = run.tasks.flatMap((task, position) => (task.state === 'FAILED' ? [position] : []));
  const blocked = downstream(run.graph, failed);
  const closed = { skipped: 0, cancelled: 0 };
  for (const [position, task] of run.tasks.entries()) {
    if (isSettled(task)) continue;
    if (isUnderWay(run, task)) leaveUnknown(run, task);
    withdraw(run.changes, task, 'The goal has ended.');
    task.state = blocked.has(position) ? 'SKIPPED' : 'CANCELLED';
    task.retryAt = null;
    task.finishedAt = task.startedAt === null ? null : run.now();
    closed[task.state === 'SKIPPED' ? 'skipped' : 'cancelled'] += 1;
    run.changes.touch(task);
  }
  if (closed.skipped + closed.cancelled > 0) run.changes.record('tasks.closed', { data: closed });
}

/** Whether its call was made, or is being made, and nobody has said what became of it. */
function isUnderWay(run: Affected, task: TaskRecord): boolean {
  // What runs has been stopped before: a task that still is was left by a process that died.
  if (task.state === 'RUNNING' || task.state === 'QUEUED') return mustNotRepeat(run, task);
  const asked = task.approval?.uncertain;
  // Nobody said of it that it took effect: they said that it is to be made again, which has not come to an end.
  if (task.state === 'READY') return asked?.resolution?.kind === 'repeat';
  return task.state === 'AWAITING_APPROVAL' && Boolean(asked);
}

function leaveUnknown({ changes }: Affected, task: Mutable<TaskRecord>): void {
  const why = `The goal has ended, and nobody knows whether ${task.tool} took effect.`;
  task.error = failure('outcome_uncertain', why);
  const data = { ...taskData(task), task_state: task.state, error: { ...task.error } };
  changes.record('task.stopped', { reason: why, data });
}

function isSettled(task: TaskRecord): boolean {
  return ['SUCCEEDED', 'FAILED', 'SKIPPED', 'CANCELLED'].includes(task.state);
}

/** Counts of a goal's tasks by what has become of them; tasks that the plan has and that are not made yet wait. */
export function progressOf({ goal, plan, tasks }: Pick<Affected, 'goal' | 'plan' | 'tasks'>): Progress {
  const count = { total: plan.tasks.length, succeeded: 0, failed: 0, running: 0 };
  for (const { state } of tasks) {
    if (state === 'SUCCEEDED') count.succeeded += 1;
    else if (state === 'FAILED') count.failed += 1;
    else if (state === 'RUNNING') count.running += 1;
  }
  const open = count.total - count.succeeded - count.failed - count.running;
  return { ...count, waiting: isFinal(goal.state) ? 0 : open };
}

/** The outputs of the tasks that no other task waits for; what does not fit is named instead of repeated. */
function resultOf(run: Affected): JsonValue {
  const outputs: Record<string, JsonValue> = {};
  const omitted: string[] = [];
  let bytes = 0;
  for (const [position, task] of run.tasks.entries()) {
    if ((run.graph.dependents[position]?.length ?? 0) > 0) continue;
    if (bytes + task.outputBytes > MAX_RESULT_BYTES) omitted.push(task.key);
    else {
      bytes += task.outputBytes;
      Object.defineProperty(outputs, task.key, { value: task.output ?? null, enumerable: true });
    }
  }
  return omitted.length === 0 ? { outputs } : { outputs, omitted };
}
