import type { PreparedSql } from '../connection.js';
import { haltOf } from '../kill-switches.js';
import { LEASE } from './lease.js';

const isLate = `wake_at <= now() - $4 * interval '1 millisecond'`;

/**
 * Goals of a machine newer than $5 that have been due for $4 milliseconds, or asked something for so long, and that no
 * process carries. A lease on any goal of such a machine, or the heartbeat of a worker that knows it, says that there is
 * a process, which may have its hands full.
 * Its three ways to what is late are those of the claim, with the conditions of its indexes.
 */
export const CLAIM_STRANDED: PreparedSql = {
  name: 'goal_claim_stranded',
  text: `
  with late as (
    select tenant_id, id from goal
     where wake_at is not null and lease_owner is null and not sleeping and ${isLate} and machine > $5
    union all
    select tenant_id, id from goal where sleeping and lease_owner is null and ${isLate} and machine > $5
    union all
    select tenant_id, id from goal where lease_owner is not null and ${isLate} and machine > $5
    union all
    select tenant_id, goal_id from goal_command where created_at <= now() - $4 * interval '1 millisecond'
  ),
  locked as (
    select g.tenant_id, g.id
      from (select distinct tenant_id, id from late) late
     cross join lateral (
       select g.* from goal g
        where g.tenant_id = late.tenant_id and g.id = late.id and g.machine > $5
          and (g.lease_owner is null or g.wake_at <= now()) and g.paused->>'machine' is null
          and g.finished_at is null
          for no key update skip locked
     ) g
     where ${haltOf('g')} is null
       and not exists (
         select from goal other
          where other.lease_owner is not null and other.wake_at > now() and other.machine >= g.machine)
       and not exists (
         select from worker w
          where w.machine >= g.machine and w.stopped_at is null and not w.draining
            and 'goal_execution' = any(w.capabilities)
            and w.heartbeat_at > clock_timestamp() - w.lease_ms * interval '1 millisecond')
     limit $1::bigint
  ),${LEASE}`,
};
