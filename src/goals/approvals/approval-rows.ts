import { formatOptionalTime, formatTime } from '#libs/http';
import { type JsonObject, type JsonValue, publicId } from '#libs/kernel';
import type { Actor, Submitter } from '#libs/orchestration';
import { ANSWERS, type ApprovalView } from './approvals.schemas.js';

/** An approval as `APPROVALS` reads it. */
export interface ApprovalRow {
  readonly id: string;
  readonly goal_id: string;
  readonly goal_description: string;
  readonly task_id: string;
  readonly task_key: string;
  readonly tool: string;
  readonly kind: ApprovalView['kind'];
  readonly action: ApprovalView['action'];
  readonly risk: ApprovalView['risk'];
  readonly arguments: JsonObject;
  readonly check_command: string[] | null;
  readonly arguments_hash: string;
  readonly reason: string;
  readonly requested_by: Submitter;
  readonly requested_at: Date;
  readonly expires_at: Date;
  readonly state: ApprovalView['state'];
  readonly decided_by: Actor | null;
  readonly decided_at: Date | null;
  readonly decision_reason: string | null;
  readonly attempt: number | null;
  readonly called_at: Date | null;
  readonly idempotency_key: string | null;
  readonly resolution: ApprovalView['resolution'];
  readonly output: JsonValue;
}

/** One that nobody decided in time has expired, also while its goal's owner has not seen that yet. */
export const STATE = `case when a.state = 'pending' and a.expires_at <= now() then 'expired' else a.state end`;

export const APPROVALS = `
  select a.id, a.goal_id, left(g.description, 500) as goal_description, a.task_id, t.key as task_key, a.tool,
         a.action, a.risk, a.arguments, a.check_command, a.arguments_hash, a.reason, a.requested_by,
         a.requested_at, a.expires_at, ${STATE} as state, a.decided_by, a.decided_at, a.decision_reason, a.kind,
         a.attempt, a.called_at, a.idempotency_key, a.resolution, a.output
    from approval a
    join goal g on g.tenant_id = a.tenant_id and g.id = a.goal_id
    join task t on t.tenant_id = a.tenant_id and t.goal_id = a.goal_id and t.id = a.task_id`;

export function approvalView(row: ApprovalRow): ApprovalView {
  return {
    id: publicId('appr', row.id),
    goal_id: publicId('goal', row.goal_id),
    goal_description: row.goal_description,
    task_id: publicId('task', row.task_id),
    task_key: row.task_key,
    tool: row.tool,
    kind: row.kind,
    action: row.action,
    risk: row.risk,
    arguments: row.arguments,
    check_command: row.check_command,
    arguments_hash: row.arguments_hash,
    reason: row.reason,
    uncertain: uncertainView(row),
    resolution: row.resolution,
    output: row.output,
    requested_by: shown(row.requested_by),
    requested_at: formatTime(row.requested_at),
    expires_at: formatTime(row.expires_at),
    state: row.state,
    decided_by: row.decided_by && shown(row.decided_by),
    decided_at: formatOptionalTime(row.decided_at),
    decision_reason: row.decision_reason,
  };
}

function uncertainView({ kind, attempt, called_at, idempotency_key }: ApprovalRow): ApprovalView['uncertain'] {
  if (kind !== 'uncertain' || attempt === null || called_at === null) return null;
  return { attempt, since: formatTime(called_at), idempotency_key, answers: ANSWERS };
}

/** Without what is nobody else's business, such as the user behind a key. */
function shown({ kind, id, name }: Actor): Actor {
  return { kind, id, name };
}
