import { formatTime } from '#libs/http';
import { publicId } from '#libs/kernel';
import type { Actor, Halt, Submitter } from '#libs/orchestration';
import type { SwitchView } from './kill-switches.schemas.js';

/** A switch as `switchesOf` of #libs/persistence reads it. */
export interface SwitchRow {
  readonly rank: number;
  readonly id: string;
  readonly scope: Halt['scope'];
  readonly goal_id: string | null;
  readonly engaged_by: Actor;
  readonly reason: string | null;
  readonly engaged_at: Date;
}

/** A switch as whoever lifts it needs it. */
export interface Engaged {
  readonly id: string;
  readonly engaged_by: Submitter;
  /** Whether somebody else engaged it, too. */
  readonly seconded: boolean;
  /** Of the goal; null for the switch of the tenant. */
  readonly submitter: Submitter | null;
}

/** Locks the goal against changes, not against other readers. */
export const GOAL_STATE = 'select state from goal where tenant_id = $1 and id = $2 for share';

/** What stands over goals that have ended. Two that sweep at once do not wait for each other. */
export const SWEEP = `
  delete from kill_switch where (tenant_id, id) in (
    select k.tenant_id, k.id from kill_switch k join goal g on g.tenant_id = k.tenant_id and g.id = k.goal_id
     where k.tenant_id = $1 and g.state in ('COMPLETED', 'FAILED', 'CANCELLED')
       for update of k skip locked)`;

/** Whoever was first stays on record, with their reason; that somebody else wants it, too, is kept. */
export const ENGAGE = `
  insert into kill_switch as k (tenant_id, id, goal_id, engaged_by, reason) values ($1, $2, $3, $4, $5)
  on conflict (tenant_id, goal_id) do update
     set seconded = k.seconded or coalesce(k.engaged_by->>'user_id', k.engaged_by->>'id')
                                  <> coalesce($4::json->>'user_id', $4::json->>'id')
  returning id = $2 as is_new, goal_id, engaged_by, reason, engaged_at`;

export const ENGAGED = `
  select k.id, k.engaged_by, k.seconded, g.submitter
    from kill_switch k left join goal g on g.tenant_id = k.tenant_id and g.id = k.goal_id
   where k.tenant_id = $1 and k.goal_id is not distinct from $2
     for update of k`;

export const DELETE = 'delete from kill_switch where tenant_id = $1 and id = $2';

export function switchView(row: Omit<SwitchRow, 'rank' | 'id'>): SwitchView {
  const { scope, goal_id, engaged_by, reason, engaged_at } = row;
  const { kind, id, name } = engaged_by;
  return {
    scope,
    goal_id: goal_id === null ? null : publicId('goal', goal_id),
    engaged_by: { kind, id, name },
    reason,
    engaged_at: formatTime(engaged_at),
  };
}
