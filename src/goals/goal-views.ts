import { formatOptionalTime, formatTime } from '#libs/http';
import { type JsonObject, type JsonValue, publicId } from '#libs/kernel';
import {
  type Failure,
  type GoalState,
  type Halt,
  PRIORITIES,
  type Pause,
  type Progress,
  type TaskApproval,
  type TaskState,
} from '#libs/orchestration';
import { haltOf } from '#libs/persistence';
import type { ArtifactView, TaskView } from './goal-parts.schemas.js';
import type { GoalView } from './goals.schemas.js';

/** A goal as `GOAL_COLUMNS` reads it. */
export interface GoalRow {
  readonly id: string;
  readonly description: string;
  readonly state: GoalState;
  readonly priority: number;
  readonly pattern: string | null;
  readonly context: JsonObject;
  readonly deadline: Date | null;
  readonly on_failure: string;
  readonly budget: JsonObject | null;
  readonly held: boolean;
  readonly paused: Pause | null;
  readonly plan_version: number;
  readonly replans: number;
  readonly progress: Progress;
  readonly result: JsonValue;
  readonly error: Failure | null;
  readonly active_ms: string;
  readonly files: GoalView['files'];
  readonly planned_by: GoalView['planned_by'];
  readonly retry_of: string | null;
  readonly forked_from: { readonly goal_id: string; readonly seq: number } | null;
  readonly submitter: { readonly kind: string; readonly id: string; readonly name: string };
  readonly created_at: Date;
  readonly started_at: Date | null;
  readonly finished_at: Date | null;
  readonly tokens: string;
  readonly halted: Halt | null;
}

export const GOAL_COLUMNS = `id, description, state, priority, pattern, context, deadline, on_failure, budget, held,
  paused, plan_version, replans, progress, result, error, active_ms, files, planned_by, retry_of, forked_from,
  submitter,
  created_at, started_at, finished_at, tokens,
  case when state not in ('COMPLETED', 'FAILED', 'CANCELLED') then ${haltOf('goal')} end as halted`;

export function goalView(row: GoalRow): GoalView {
  const { kind, id, name } = row.submitter;
  return {
    id: publicId('goal', row.id),
    description: row.description,
    state: row.state,
    priority: PRIORITIES[row.priority] ?? 'normal',
    // One principal does all of a plan's tool calls; other patterns need agents.
    pattern: row.pattern ?? 'single',
    context: row.context,
    deadline: formatOptionalTime(row.deadline),
    on_failure: row.on_failure,
    budget: row.budget,
    paused: row.paused && {
      since: formatTime(new Date(row.paused.since)),
      by: { ...row.paused.by },
      reason: row.paused.reason,
    },
    halted: row.halted && { scope: row.halted.scope, by: { ...row.halted.by }, reason: row.halted.reason },
    plan_version: row.plan_version,
    planned_by: row.planned_by,
    replans: row.replans,
    progress: row.progress,
    result: row.result,
    error: row.error,
    // Tools cost nothing; only models will.
    cost: { tokens: Number(row.tokens), money: '0', seconds: Number(row.active_ms) / 1000 },
    files: row.files,
    retry_of: row.retry_of === null ? null : publicId('goal', row.retry_of),
    forked_from: row.forked_from && { goal_id: publicId('goal', row.forked_from.goal_id), seq: row.forked_from.seq },
    submitted_by: { kind, id, name },
    created_at: formatTime(row.created_at),
    started_at: formatOptionalTime(row.started_at),
    finished_at: formatOptionalTime(row.finished_at),
  };
}

/** A task as `TASK_COLUMNS` reads it. */
export interface TaskRow {
  readonly id: string;
  readonly key: string;
  readonly position: number;
  readonly state: TaskState;
  readonly tool: string;
  readonly depends_on: string[];
  readonly attempts: number;
  readonly output: JsonValue;
  readonly error: Failure | null;
  readonly worker_id: string | null;
  readonly approval: TaskApproval | null;
  readonly started_at: Date | null;
  readonly finished_at: Date | null;
}

export const TASK_COLUMNS = `id, key, position, state, tool, depends_on, attempts, output, error, worker_id, approval,
  started_at, finished_at`;

export function taskView(row: TaskRow): TaskView {
  return {
    id: publicId('task', row.id),
    key: row.key,
    state: row.state,
    tool: row.tool,
    depends_on: row.depends_on,
    attempts: row.attempts,
    output: row.output,
    error: row.error,
    approval_id: row.approval && publicId('appr', row.approval.id),
    worker_id: row.worker_id === null ? null : publicId('wrk', row.worker_id),
    started_at: formatOptionalTime(row.started_at),
    finished_at: formatOptionalTime(row.finished_at),
  };
}

export interface ArtifactRow {
  readonly id: string;
  readonly task_id: string;
  readonly path: string;
  readonly size: string;
  readonly sha256: string;
  readonly media_type: string;
  readonly created_at: Date;
}

export function artifactView(row: ArtifactRow): ArtifactView {
  return {
    id: publicId('art', row.id),
    task_id: publicId('task', row.task_id),
    path: row.path,
    size: Number(row.size),
    sha256: row.sha256,
    media_type: row.media_type,
    created_at: formatTime(row.created_at),
  };
}
