import type { SchemaStep } from '#libs/persistence';

/**
 * Questions about calls whose outcome is uncertain, beside those for leave to make a call. Such a call may need nobody's
 * leave, so that it is an instance of no action.
 */
const TOUCHED = ['goal', 'task', 'approval', 'goal_command'];

/** A task that waits for an answer, or has one that is not carried out. */
const OPEN_QUESTION = `t.state in ('AWAITING_APPROVAL', 'READY') and t.approval -> 'uncertain' ->> 'attempt' is not null`;

const forced = (is: boolean): string[] =>
  TOUCHED.map((table) => `alter table ${table} ${is ? '' : 'no '}force row level security`);

export const extendApprovals: SchemaStep = {
  name: 'ExtendApprovals1763601100000',
  up: () => [
    `alter table approval
       alter column action drop not null,
       add column kind            text not null default 'permission' check (kind in ('permission', 'uncertain')),
       -- Of the uncertain call.
       add column attempt         integer,
       add column called_at       timestamptz,
       add column idempotency_key text,
       -- What it gave, where that is known; then what whoever says that it took effect gives as its output.
       add column output          json,
       add column resolution      text check (resolution in ('repeat', 'took_effect')),
       add constraint approval_of_call check (kind = 'permission' or (attempt is not null and called_at is not null)),
       add constraint approval_of_action check (kind = 'uncertain' or action is not null)`,
  ],
  down: () => [
    // Row-level security shows the owner of the tables nothing as long as it is forced.
    ...forced(false),
    `delete from goal_command c using approval a
      where a.tenant_id = c.tenant_id and a.kind = 'uncertain' and c.decision ->> 'approvalId' = a.id::text`,
    // To the program before this one a call that was under way has an uncertain outcome, and its task fails with that.
    `update goal g set wake_at = now(), sleeping = false
      where lease_owner is null and exists (
        select from task t where t.tenant_id = g.tenant_id and t.goal_id = g.id and ${OPEN_QUESTION})`,
    `update task t set state = 'RUNNING', approval = null where ${OPEN_QUESTION}`,
    `delete from approval where kind = 'uncertain'`,
    ...forced(true),
    `alter table approval
       drop constraint approval_of_action,
       drop constraint approval_of_call,
       drop column resolution, drop column output, drop column idempotency_key, drop column called_at,
       drop column attempt, drop column kind,
       alter column action set not null`,
  ],
};
