import { requirePrincipal } from '#libs/context';
import { type JsonObject, newId } from '#libs/kernel';
import {
  type ArtifactChange,
  type NewGoal,
  PRIORITIES,
  type Plan,
  type TaskRecord,
  receivedGoal,
  writePositions,
} from '#libs/orchestration';
import { submitterOf } from '../actors.js';
import type { GoalRow, TaskRow } from '../goal-views.js';
import { refuse } from '../refuse.js';
import { created, received } from '../submit-goal.js';
import type { FileThen, FilesThen } from './files-then.js';

/** A task with its result, as it is stored. */
export interface StoredTask extends TaskRow {
  readonly plan_version: number;
  readonly output_bytes: number;
}

/** What a goal that goes on from another one begins with. */
export interface Beginning {
  readonly id: string;
  readonly tenantId: string;
  readonly old: GoalRow;
  readonly plan: Plan;
  /** Tasks whose results it takes over. */
  readonly kept: readonly StoredTask[];
  readonly files: FilesThen;
  readonly deadline: number | null;
  readonly description?: string | undefined;
  readonly context?: JsonObject | undefined;
  readonly held?: boolean;
  readonly origin: Pick<NewGoal, 'retryOf' | 'forkedFrom'>;
  /** How its first journal row names where it comes from. */
  readonly named: JsonObject;
}

/** The goal that goes on from another one, by retry or by fork: a new goal with results and files to begin with. */
export function successor(beginning: Beginning): NewGoal {
  const { id, tenantId, old, plan, origin, named, deadline, held = false } = beginning;
  const { description = old.description, context = old.context } = beginning;
  const submitter = submitterOf(requirePrincipal().principal);
  const positions = new Map(plan.tasks.map((task, position) => [task.id, position]));
  const tasks = beginning.kept.map((task) => keptTask(task, positions.get(task.key) ?? task.position));
  const ids = new Map(beginning.kept.map((task, n) => [task.id, tasks[n]!.id]));
  const { made, given } = beginning.files;
  const loose = made.filter((file) => !ids.has(file.task_id));
  const counts = { tasks: plan.tasks.length, kept: tasks.length, ...(held && { held }) };
  const goal = receivedGoal(
    {
      tenantId,
      id,
      description,
      priority: PRIORITIES[old.priority] ?? 'normal',
      context,
      deadline,
      onFailure: old.on_failure === 'replan' ? 'replan' : 'fail',
      submitter,
      held,
    },
    plan,
  );
  const { progress } = goal;
  return {
    ...origin,
    goal: { ...goal, progress: { ...progress, succeeded: tasks.length, waiting: progress.total - tasks.length } },
    pattern: old.pattern,
    budget: old.budget,
    // What a task left that runs again is, to the new goal, a file like those that it is given.
    files: [...given, ...loose.map(({ path, size, sha256 }) => ({ path, size: Number(size), sha256 }))],
    plan,
    plannedBy: old.planned_by,
    tasks,
    artifacts: made.flatMap((file) => keptArtifact(file, ids)),
    journal: [received({ ...named, ...counts, kept_tasks: writePositions(tasks) }, old.planned_by)],
    events: [created(description, plan.tasks.length)],
  };
}

/** The deadline that was asked for, or that of the old goal unless it has passed. Throws `invalid_input`. */
export function deadlineOf(old: GoalRow, given: string | undefined): number | null {
  const now = Date.now();
  const wanted = given === undefined ? old.deadline?.getTime() : Date.parse(given);
  if (given !== undefined && Date.parse(given) <= now) {
    refuse([{ path: 'deadline', message: 'The deadline has passed already; give a time to come.' }]);
  }
  return wanted !== undefined && wanted > now ? wanted : null;
}

function keptTask(row: StoredTask, position: number): TaskRecord {
  return {
    id: newId(),
    key: row.key,
    position,
    planVersion: 1,
    state: 'SUCCEEDED',
    attempts: row.attempts,
    dependsOn: row.depends_on,
    tool: row.tool,
    output: row.output,
    outputBytes: row.output_bytes,
    error: null,
    workerId: row.worker_id,
    startedAt: row.started_at?.getTime() ?? null,
    finishedAt: row.finished_at?.getTime() ?? null,
    retryAt: null,
    approval: null,
  };
}

/** Contents are stored by their hash, so the new goal needs a row only. Its first journal row tells of it. */
function keptArtifact(file: FileThen, ids: ReadonlyMap<string, string>): ArtifactChange[] {
  const taskId = ids.get(file.task_id);
  if (taskId === undefined) return [];
  const { path, sha256, media_type: mediaType } = file;
  return [{ id: newId(), taskId, row: 0, file: { path, removed: false, size: Number(file.size), sha256, mediaType } }];
}
