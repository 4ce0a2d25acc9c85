import { haltOf } from '../kill-switches.js';

/** SQL of a time as milliseconds since the epoch. */
export const ms = (column: string): string => `(extract(epoch from ${column}) * 1000)::float8`;

/** Leases the rows of `locked` to $2 for $3 milliseconds, and reads them. */
export const LEASE = `
  claimed as (
    update goal g
       set lease_owner = $2, lease_token = g.lease_token + 1, claims = g.claims + 1, sleeping = false,
           wake_at = clock_timestamp() + $3 * interval '1 millisecond'
      from locked l
     where g.tenant_id = l.tenant_id and g.id = l.id
    returning g.*
  )
  select g.tenant_id, g.id, g.lease_token, g.claims, ${ms('clock_timestamp()')} as now, g.description, g.priority,
         g.context, ${ms('g.deadline')} as deadline, g.on_failure, g.submitter, g.held, g.state, g.paused, g.plan_version,
         g.replans, g.progress, g.result, g.error, g.active_ms, ${ms('g.started_at')} as started_at,
         ${ms('g.finished_at')} as finished_at, g.last_seq, g.machine, p.plan,
         (select sum(t.output_bytes)::float8 from task t
           where t.tenant_id = g.tenant_id and t.goal_id = g.id) as task_bytes,
         exists (select from goal_command c where c.tenant_id = g.tenant_id and c.goal_id = g.id) as has_commands,
         exists (select from task_dispatch d where d.tenant_id = g.tenant_id and d.goal_id = g.id) as has_dispatches,
         g.depth, g.tokens, g.agents, ${haltOf('g')} as halt
    from claimed g
    join lateral (
      select plan from goal_plan p
       where p.tenant_id = g.tenant_id and p.goal_id = g.id order by version desc limit 1
    ) p on true`;
