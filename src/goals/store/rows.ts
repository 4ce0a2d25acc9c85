import { type GoalChange, type JournalEntry, type NewGoal, PRIORITIES, type TaskRecord } from '#libs/orchestration';
import type { ArtifactChange, GoalEvent, Plan } from '#libs/orchestration';
import { eventRow } from '#libs/persistence';

/** The rows of one goal in a group, as the statements read them. */
export interface GoalRows {
  readonly goal: object;
  readonly tasks: readonly object[];
  readonly journal: readonly object[];
  readonly events: readonly object[];
  readonly plans: readonly object[];
  readonly artifacts: readonly object[];
}

interface GoalKey {
  readonly tenant_id: string;
  readonly goal_id: string;
}

interface Parts {
  readonly tasks: readonly TaskRecord[];
  readonly journal: readonly JournalEntry[];
  readonly events: readonly GoalEvent[];
  readonly artifacts: readonly ArtifactChange[];
  readonly plan: Plan | null;
  readonly planVersion: number;
  /** Number of the first journal row. */
  readonly firstSeq: number;
}

function parts(key: GoalKey, from: Parts): Omit<GoalRows, 'goal'> {
  return {
    tasks: from.tasks.map((task) => taskRow(key, task)),
    journal: from.journal.map((entry, n) => journalRow(key, entry, from.firstSeq + n)),
    events: from.events.map(({ type, actor, data }) =>
      eventRow(key.tenant_id, { type, actor: { ...actor }, resource: { kind: 'goal', id: key.goal_id }, data }),
    ),
    plans: from.plan ? [{ ...key, version: from.planVersion, plan: from.plan }] : [],
    // One statement may write a path once: the last word on it counts.
    artifacts: [
      ...new Map(from.artifacts.map((artifact) => [artifact.file.path, artifactRow(key, artifact)])).values(),
    ],
  };
}

export function submissionRows(submitted: NewGoal): GoalRows {
  const { goal } = submitted;
  const key = { tenant_id: goal.tenantId, goal_id: goal.id };
  // The journal of a new goal carries the time of the database: no lease has told it yet.
  const journal = submitted.journal.map((entry) => ({ ...entry, at: null }));
  return {
    goal: {
      tenant_id: goal.tenantId,
      id: goal.id,
      description: goal.description,
      priority: PRIORITIES.indexOf(goal.priority),
      context: goal.context,
      deadline: goal.deadline,
      pattern: submitted.pattern,
      budget: submitted.budget,
      on_failure: goal.onFailure,
      submitter: goal.submitter,
      retry_of: submitted.retryOf,
      files: submitted.files,
      held: goal.held,
      state: goal.state,
      plan_version: goal.planVersion,
      progress: goal.progress,
      last_seq: submitted.journal.length,
    },
    ...parts(key, { ...submitted, journal: submitted.journal, planVersion: goal.planVersion, firstSeq: 1 }),
    journal: journal.map((entry, n) => journalRow(key, entry, n + 1)),
  };
}

export function changeRows(change: GoalChange): GoalRows {
  const { goal, lease } = change;
  const key = { tenant_id: lease.tenantId, goal_id: lease.goalId };
  return {
    goal: {
      tenant_id: lease.tenantId,
      id: lease.goalId,
      token: lease.token,
      expected_seq: change.expectedSeq,
      last_seq: goal.lastSeq,
      state: goal.state,
      held: goal.held,
      paused: goal.paused,
      plan_version: goal.planVersion,
      replans: goal.replans,
      progress: goal.progress,
      result: goal.result,
      error: goal.error,
      active_ms: goal.activeMs,
      started_at: goal.startedAt,
      finished_at: goal.finishedAt,
      released: change.release !== null,
      wake_at: change.release?.wakeAt ?? null,
    },
    ...parts(key, { ...change, planVersion: goal.planVersion, firstSeq: change.expectedSeq + 1 }),
  };
}

function taskRow(key: GoalKey, task: TaskRecord): object {
  return {
    ...key,
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
    error: task.error,
    worker_id: task.workerId,
    started_at: task.startedAt,
    finished_at: task.finishedAt,
    retry_at: task.retryAt,
  };
}

function journalRow(
  key: GoalKey,
  entry: Omit<JournalEntry, 'at'> & { readonly at: number | null },
  seq: number,
): object {
  return {
    ...key,
    seq,
    at: entry.at,
    type: entry.type,
    from_state: entry.from,
    to_state: entry.to,
    actor: entry.actor,
    reason: entry.reason,
    data: entry.data,
  };
}

function artifactRow(key: GoalKey, { id, taskId, file }: ArtifactChange): object {
  if (file.removed) return { ...key, path: file.path, removed: true };
  const { path, size, sha256, mediaType } = file;
  return { ...key, id, task_id: taskId, path, removed: false, size, sha256, media_type: mediaType };
}
