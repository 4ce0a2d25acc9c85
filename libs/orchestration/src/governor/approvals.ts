import { publicId } from '#libs/kernel';
import { failure } from '../orchestration.errors.js';
import type { ApprovalRequest, GoalCommand } from '../ports/goal-store.js';
import type { TaskRecord } from '../ports/goal.js';
import { type ChangeLog, taskData } from './change-log.js';
import { maskSecrets } from './mask.js';
import type { TaskRun } from './task-run.js';

/** The part of a goal in its owner's hands that approvals are about. */
export interface Asking {
  readonly tasks: readonly TaskRun[];
  readonly changes: ChangeLog;
  readonly now: () => number;
}

/** A decision that was made just in time may take this long to arrive. Milliseconds. */
const GRACE_MS = 1_000;

/** Lets a task wait for a person. */
export function askForApproval(run: Asking, task: TaskRun, request: ApprovalRequest): void {
  const { id, hash, expiresAt, action, risk, reason, uncertain } = request;
  // Asked again, since what was approved is not what would run, or whoever approved may not any more.
  withdraw(run.changes, task, request.reason);
  task.approval = { id, hash, state: 'pending', expiresAt, by: null, uncertain };
  task.state = 'AWAITING_APPROVAL';
  task.retryAt = null;
  const data = {
    ...taskData(task),
    approval_id: publicId('appr', id),
    kind: uncertain ? 'uncertain' : 'permission',
    tool: task.tool,
    action,
    risk,
    arguments_hash: hash,
    expires_at: new Date(expiresAt).toISOString(),
    ...(uncertain && { idempotency_key: uncertain.idempotencyKey, since: new Date(uncertain.since).toISOString() }),
  };
  run.changes.touch(task);
  run.changes.approval({ kind: 'ask', ...request, arguments: maskSecrets(request.arguments) });
  run.changes.gain(JSON.stringify(request.arguments).length);
  run.changes.record('approval.required', { reason, data });
  const { kind, id: submitter, name } = request.requestedBy;
  run.changes.event({ type: 'approval.required', actor: { kind, id: submitter, name }, data: { ...data, reason } });
}

/** Does what a person decided; gives the task that may go on or has failed, or undefined when it waits no longer. */
export function applyDecision(run: Asking, command: GoalCommand & { readonly kind: 'decide' }): TaskRun | undefined {
  const { decision, actor, reason } = command;
  const task = run.tasks.find(({ approval }) => approval?.id === decision.approvalId);
  if (task?.state !== 'AWAITING_APPROVAL' || task.approval === null) return undefined;
  const { uncertain } = task.approval;
  const { approved, resolution } = decision;
  const data = {
    ...taskData(task),
    approval_id: publicId('appr', decision.approvalId),
    ...(resolution && { resolution: resolution.kind }),
  };
  // Without a word on what is to be done, to approve an uncertain call would be to repeat it blindly.
  if (approved && (uncertain === null || resolution !== null)) {
    task.approval = {
      ...task.approval,
      state: 'approved',
      by: actor,
      uncertain: uncertain && { ...uncertain, resolution },
    };
    task.state = 'READY';
    run.changes.touch(task);
    run.changes.record('approval.granted', { actor, reason, data });
  } else {
    run.changes.record('approval.refused', { actor, reason, data });
    refuse(run, task, `${actor.name} refused it${reason === null ? '.' : `: ${reason}`}`);
  }
  return task;
}

/** Fails the tasks whose approval has expired. */
export function expireApprovals(run: Asking, tasks: Iterable<TaskRun>): TaskRun[] {
  const late = [...tasks].filter((task) => isPending(task) && task.approval!.expiresAt + GRACE_MS <= run.now());
  for (const task of late) {
    const { id, expiresAt } = task.approval!;
    const reason = `Nobody decided until ${new Date(expiresAt).toISOString()}.`;
    const data = { ...taskData(task), approval_id: publicId('appr', id), state: 'expired' };
    run.changes.approval({ kind: 'close', id, state: 'expired', reason });
    run.changes.record('approval.refused', { reason, data });
    run.changes.event({ type: 'approval.refused', actor: run.changes.worker, data: { ...data, reason } });
    refuse(run, task, reason);
  }
  return late;
}

/** Takes back the question about a task that is not going to run as it was asked for, whatever was answered. */
export function withdraw(changes: ChangeLog, task: TaskRun, reason: string): void {
  const isOpen = task.state === 'AWAITING_APPROVAL' || task.state === 'READY';
  if (!isOpen || task.approval === null) return;
  const { id } = task.approval;
  const data = { ...taskData(task), approval_id: publicId('appr', id) };
  changes.approval({ kind: 'close', id, state: 'void', reason });
  changes.record('approval.voided', { reason, data });
  changes.event({ type: 'approval.voided', actor: changes.worker, data: { ...data, reason } });
  task.approval = null;
}

/** Milliseconds since the epoch at which the next approval expires, or null. */
export function nextExpiry(tasks: Iterable<TaskRecord>): number | null {
  let next: number | null = null;
  for (const task of tasks) {
    if (!isPending(task)) continue;
    const at = task.approval!.expiresAt + GRACE_MS;
    if (next === null || at < next) next = at;
  }
  return next;
}

/** Whether nothing can be done but wait for people: a decision that has come in the last moment is something to do. */
export function isWaiting(tasks: readonly TaskRecord[]): boolean {
  return tasks.some(isPending) && !tasks.some(({ state }) => ['READY', 'QUEUED', 'RUNNING', 'FAILED'].includes(state));
}

function isPending({ state, approval }: TaskRecord): boolean {
  return state === 'AWAITING_APPROVAL' && approval !== null;
}

function refuse(run: Asking, task: TaskRun, why: string): void {
  const uncertain = task.approval?.uncertain ?? null;
  const detail = uncertain === null ? why : `${uncertain.reason} ${why}`;
  task.state = 'FAILED';
  task.error = failure(uncertain === null ? 'approval_refused' : 'outcome_uncertain', detail);
  task.finishedAt = task.startedAt === null ? null : run.now();
  run.changes.touch(task);
  run.changes.record('task.failed', { reason: detail, data: { ...taskData(task), error: { ...task.error } } });
}
