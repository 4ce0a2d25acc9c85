import {
  type Actor,
  type ApprovalChange,
  type ArtifactChange,
  type GoalChange,
  type GoalCommand,
  type GoalEvent,
  type JournalEntry,
  type LeaseRequest,
  type NewDispatch,
  type NewGoal,
  PRIORITIES,
  type PlanVersion,
  type Priority,
  type TaskRecord,
} from '#libs/orchestration';
import { eventRow } from '#libs/persistence';
import { artifactRows } from './artifact-rows.js';
import type { Part } from './parts.js';

/** The rows of one goal in a group, as the statements read them. */
export interface GoalRows {
  readonly goal: object;
  readonly parts: Readonly<Record<Part, readonly object[]>>;
}

/** Which goal of the group the rows belong to. */
interface Owner {
  /** Its number in the group: rows name their goal by it, which is shorter than two UUIDs. */
  readonly n: number;
  readonly tenantId: string;
  readonly goalId: string;
  /** Whoever acts where a journal row says nothing else. */
  readonly actor: Actor;
  /** Of the request that asked for it; null for what the engine does by itself. */
  readonly requestId: string | null;
}

interface Parts {
  readonly tasks: readonly TaskRecord[];
  readonly journal: readonly JournalEntry[];
  readonly events: readonly GoalEvent[];
  readonly artifacts: readonly ArtifactChange[];
  readonly plans: readonly PlanVersion[];
  readonly approvals: readonly ApprovalChange[];
  readonly handledCommands: readonly string[];
  readonly dispatches: readonly NewDispatch[];
  readonly endedDispatches: readonly string[];
  readonly priority: Priority;
  /** Number of the first journal row. */
  readonly firstSeq: number;
}

function parts(owner: Owner, from: Parts): GoalRows['parts'] {
  const { n, tenantId, goalId, requestId } = owner;
  return {
    tasks: from.tasks.map((task) => taskRow(n, task)),
    journal: from.journal.map((entry, index) => journalRow(owner, entry, from.firstSeq + index)),
    events: from.events.map(({ type, actor, data }) =>
      eventRow(tenantId, { type, actor: { ...actor }, resource: { kind: 'goal', id: goalId }, data }, requestId),
    ),
    plans: from.plans.map(({ version, plan }) => ({ n, version, plan })),
    artifacts: artifactRows(n, from.artifacts, from.firstSeq),
    approvals: approvalRows(n, from.approvals),
    handled: from.handledCommands.map((id) => ({ n, id })),
    dispatches: from.dispatches.map((dispatch) => dispatchRow(n, from.priority, dispatch)),
    endedDispatches: from.endedDispatches.map((id) => ({ n, id })),
  };
}

/** The rows of a goal that is stored for the first time, as number `n` of its group; `hint` is who is told of it. */
export function submissionRows(
  submitted: NewGoal,
  n: number,
  requestId: string | null,
  placed: { readonly hint: string } | LeaseRequest,
): GoalRows {
  const { goal } = submitted;
  const owner = { n, tenantId: goal.tenantId, goalId: goal.id, actor: goal.submitter, requestId };
  const rows = parts(owner, {
    ...submitted,
    plans: [{ version: goal.planVersion, plan: submitted.plan }],
    approvals: [],
    handledCommands: [],
    dispatches: [],
    endedDispatches: [],
    priority: goal.priority,
    firstSeq: 1,
  });
  return {
    // The journal of a new goal carries the time of the database: no lease has told it yet.
    parts: { ...rows, journal: rows.journal.map((row) => ({ ...row, at: undefined })) },
    goal: {
      n,
      tenant_id: goal.tenantId,
      id: goal.id,
      description: goal.description,
      priority: PRIORITIES.indexOf(goal.priority),
      context: goal.context,
      deadline: given(goal.deadline),
      pattern: given(submitted.pattern),
      budget: given(submitted.budget),
      on_failure: goal.onFailure,
      submitter: goal.submitter,
      retry_of: given(submitted.retryOf),
      forked_from: submitted.forkedFrom && { goal_id: submitted.forkedFrom.goalId, seq: submitted.forkedFrom.seq },
      files: submitted.files,
      planned_by: given(submitted.plannedBy),
      held: goal.held,
      state: goal.state,
      plan_version: goal.planVersion,
      progress: goal.progress,
      last_seq: submitted.journal.length,
      machine: goal.machine,
      ...('hint' in placed ? placed : { lease_owner: placed.workerId, lease_ms: placed.leaseMs }),
    },
  };
}

/** The rows of a change, as number `n` of its group. */
export function changeRows(change: GoalChange, n: number, requestId: string | null): GoalRows {
  const { goal, lease } = change;
  const actor = change.journal[0]?.actor ?? goal.submitter;
  const owner = { n, tenantId: lease.tenantId, goalId: lease.goalId, actor, requestId };
  return {
    parts: parts(owner, { ...change, priority: goal.priority, firstSeq: change.expectedSeq + 1 }),
    goal: {
      n,
      tenant_id: lease.tenantId,
      id: lease.goalId,
      token: lease.token,
      expected_seq: change.expectedSeq,
      last_seq: goal.lastSeq,
      machine: goal.machine,
      state: goal.state,
      held: goal.held,
      paused: given(goal.paused),
      plan_version: goal.planVersion,
      replans: goal.replans,
      progress: goal.progress,
      result: given(goal.result),
      error: given(goal.error),
      active_ms: goal.activeMs,
      started_at: given(goal.startedAt),
      finished_at: given(goal.finishedAt),
      released: change.release !== null,
      wake_at: given(change.release?.wakeAt),
      actor,
    },
  };
}

/** JSON leaves out what is undefined, and what is left out is null to the database. */
function given<Value>(value: Value | null | undefined): Value | undefined {
  return value ?? undefined;
}

function taskRow(n: number, task: TaskRecord): object {
  return {
    n,
    id: task.id,
    key: task.key,
    position: task.position,
    plan_version: task.planVersion,
    state: task.state,
    attempts: task.attempts,
    depends_on: task.dependsOn,
    tool: task.tool,
    output: task.output,
    output_bytes: task.outputBytes,
    error: given(task.error),
    worker_id: given(task.workerId),
    started_at: given(task.startedAt),
    finished_at: given(task.finishedAt),
    retry_at: given(task.retryAt),
    approval: given(task.approval),
  };
}

function journalRow({ n, actor }: Owner, entry: JournalEntry, seq: number): object {
  return {
    n,
    seq,
    at: entry.at,
    type: entry.type,
    from_state: given(entry.from),
    to_state: given(entry.to),
    actor: entry.actor === actor ? undefined : entry.actor,
    reason: given(entry.reason),
    data: given(entry.data),
  };
}

function dispatchRow(n: number, priority: Priority, dispatch: NewDispatch): object {
  const { id, taskId, attempt, purpose, needs, repeatable, hint, work } = dispatch;
  const rank = PRIORITIES.indexOf(priority);
  return { n, id, task_id: taskId, attempt, purpose, needs, repeatable, priority: rank, work, hint: given(hint) };
}

/** The parameters of `INSERT_COMMAND`. */
export function commandParameters(tenantId: string, command: GoalCommand): unknown[] {
  const { goalId, id, kind, actor, reason, decision } = command;
  return [tenantId, goalId, id, kind, JSON.stringify(actor), reason, decision ? JSON.stringify(decision) : null];
}

/**
 * Approvals that are asked for and such that are closed, told apart by their tool. One that is asked for and closed
 * within the same change is stored closed: the statement that inserts a row cannot update it as well.
 */
function approvalRows(n: number, changes: readonly ApprovalChange[]): object[] {
  const rows = new Map<string, object>();
  for (const change of changes) {
    const row = change.kind === 'ask' ? askedRow(n, change) : closedRow(n, change);
    rows.set(change.id, { ...rows.get(change.id), ...row });
  }
  return [...rows.values()];
}

function closedRow(n: number, { id, state, reason }: ApprovalChange & { kind: 'close' }): object {
  return { n, id, state, decision_reason: reason };
}

function askedRow(n: number, change: ApprovalChange & { kind: 'ask' }): object {
  return {
    n,
    id: change.id,
    task_id: change.taskId,
    tool: change.tool,
    action: given(change.action),
    risk: change.risk,
    arguments: change.arguments,
    check_command: given(change.checkCommand),
    arguments_hash: change.hash,
    state: 'pending',
    reason: change.reason,
    requested_by: change.requestedBy,
    expires_at: change.expiresAt,
    kind: change.uncertain ? 'uncertain' : 'permission',
    attempt: change.uncertain?.attempt,
    called_at: change.uncertain?.since,
    idempotency_key: given(change.uncertain?.idempotencyKey),
    output: change.uncertain?.output,
  };
}
