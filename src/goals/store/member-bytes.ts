import type { GoalChange, NewGoal, Plan, TaskRecord } from '#libs/orchestration';
import type { JsonValue } from '#libs/kernel';

/*
 * How long goals and changes are as JSON. What users wrote and tools gave may be large and is measured; a row beside it
 * is taken to be as long as one mostly is.
 */
const ROW_BYTES = 500;

export function bytesOfNewGoal({ goal, plan, tasks, journal, events, files }: NewGoal): number {
  const rows = tasks.length + journal.length + events.length + files.length;
  return rows * ROW_BYTES + bytesOf(plan) + bytesOf(goal.context) + goal.description.length + outputBytes(tasks);
}

export function bytesOfChange({ goal, plans, tasks, journal, events, approvals, dispatches }: GoalChange): number {
  const rows = tasks.length + journal.length + events.length;
  const asked = approvals.reduce(
    (sum, each) => sum + (each.kind === 'ask' ? bytesOf([each.arguments, each.uncertain?.output ?? null]) : 0),
    0,
  );
  const given = dispatches.reduce((sum, { work }) => sum + bytesOf(work.call.arguments), 0);
  const planBytes = plans.reduce((sum, { plan }) => sum + bytesOf(plan), 0);
  return rows * ROW_BYTES + asked + given + planBytes + bytesOf(goal.result) + outputBytes(tasks);
}

function bytesOf(value: Plan | JsonValue | null): number {
  return value === null ? 0 : JSON.stringify(value).length;
}

function outputBytes(tasks: readonly TaskRecord[]): number {
  return tasks.reduce((sum, task) => sum + task.outputBytes, 0);
}
