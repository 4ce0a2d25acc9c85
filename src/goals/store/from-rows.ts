import type { JsonObject, JsonValue } from '#libs/kernel';
import {
  type Actor,
  type Decision,
  type Failure,
  type GoalCommand,
  type GoalRecord,
  type GoalState,
  type Halt,
  type LeasedGoal,
  type OnFailure,
  type OpenDispatch,
  PRIORITIES,
  type Pause,
  type Plan,
  type Progress,
  type Submitter,
  type TaskApproval,
  type TaskRecord,
  type TaskState,
} from '#libs/orchestration';
import type { ClaimedGoalRow, ClaimedTaskRow, GoalCommandRow } from '#libs/persistence';

/*
 * What the database gives back has been written by the statements beside this file, under the types of the core, and
 * nothing else can write there: these conversions trust it.
 */

export function leasedGoal(
  row: ClaimedGoalRow,
  tasks: readonly ClaimedTaskRow[],
  commands: readonly GoalCommandRow[],
  dispatches: readonly OpenDispatch[],
): LeasedGoal {
  return {
    lease: { tenantId: row.tenant_id, goalId: row.id, token: Number(row.lease_token) },
    goal: goalRecord(row),
    plan: row.plan as Plan,
    tasks: tasks.map(taskRecord),
    commands: commands.map(commandOf),
    dispatches,
    now: row.now,
    claims: row.claims,
    halt: row.halt as Halt | null,
  };
}

function goalRecord(row: ClaimedGoalRow): GoalRecord {
  return {
    tenantId: row.tenant_id,
    id: row.id,
    description: row.description,
    priority: PRIORITIES[row.priority] ?? 'normal',
    context: row.context as JsonObject,
    deadline: row.deadline,
    onFailure: row.on_failure as OnFailure,
    submitter: row.submitter as Submitter,
    held: row.held,
    state: row.state as GoalState,
    paused: row.paused as Pause | null,
    planVersion: row.plan_version,
    replans: row.replans,
    progress: row.progress as Progress,
    result: row.result as JsonValue | null,
    error: row.error as Failure | null,
    usage: { depth: row.depth, tokens: Number(row.tokens), agents: row.agents },
    activeMs: Number(row.active_ms),
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    lastSeq: row.last_seq,
    machine: row.machine,
  };
}

function taskRecord(row: ClaimedTaskRow): TaskRecord {
  return {
    id: row.id,
    key: row.key,
    position: row.position,
    planVersion: row.plan_version,
    state: row.state as TaskState,
    attempts: row.attempts,
    dependsOn: row.depends_on,
    tool: row.tool,
    // A result may be null; a task that has none yet has no result at all.
    output: row.output === null && row.state !== 'SUCCEEDED' ? undefined : (row.output as JsonValue),
    outputBytes: row.output_bytes,
    error: row.error as Failure | null,
    workerId: row.worker_id,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    retryAt: row.retry_at,
    approval: taskApproval(row.approval as StoredApproval | null),
  };
}

export interface DispatchRow {
  readonly id: string;
  readonly goal_id: string;
  readonly task_id: string;
  readonly attempt: number;
  readonly purpose: string;
  readonly worker_id: string | null;
  readonly started_at: number | null;
  readonly ending: unknown;
}

export function openDispatch(row: DispatchRow): OpenDispatch {
  return {
    id: row.id,
    goalId: row.goal_id,
    taskId: row.task_id,
    attempt: row.attempt,
    purpose: row.purpose as OpenDispatch['purpose'],
    workerId: row.worker_id,
    startedAt: row.started_at === null ? null : Math.floor(row.started_at),
    ending: row.ending as OpenDispatch['ending'],
  };
}

/** Rows of before there were questions about uncertain calls do not say that they are none. */
type StoredApproval = Omit<TaskApproval, 'uncertain'> & Partial<Pick<TaskApproval, 'uncertain'>>;
type StoredDecision = Omit<Decision, 'resolution'> & Partial<Pick<Decision, 'resolution'>>;

function taskApproval(stored: StoredApproval | null): TaskApproval | null {
  return stored && { ...stored, uncertain: stored.uncertain ?? null };
}

export function commandOf({ id, goal_id, kind, actor, reason, decision }: GoalCommandRow): GoalCommand {
  const command = { id, goalId: goal_id, actor: actor as Actor, reason };
  if (kind === 'decide') {
    const stored = decision as StoredDecision;
    return { ...command, kind, decision: { ...stored, resolution: stored.resolution ?? null } };
  }
  return { ...command, kind: kind as Exclude<GoalCommand['kind'], 'decide'> };
}
