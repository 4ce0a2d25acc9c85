import { DISPATCH_CHANNEL, DISPATCH_NEWS_CHANNEL } from '../channels.js';
import type { PreparedSql } from '../connection.js';
import type { SystemTransaction } from './system-transaction.js';

/** A dispatched call that a worker has taken. */
export interface TakenDispatchRow {
  readonly tenant_id: string;
  readonly goal_id: string;
  readonly id: string;
  readonly token: string;
  readonly work: unknown;
}

export interface DispatchKey {
  readonly tenantId: string;
  readonly goalId: string;
  readonly id: string;
  readonly token: number;
}

/** Workers that may lose the same call, one after another, before it is held to be what stops them. */
const MAX_DELIVERIES = 4;

/**
 * Free is what nobody has taken, and what may be repeated of those whose lease has run out. Tenants take turns by how
 * many of their calls are being made, as goals do when they are claimed; priority counts within a tenant.
 */
const TAKE: PreparedSql = {
  name: 'dispatch_take',
  text: `
  with open as (
    select * from task_dispatch where ending is null and needs = any($2::text[])
  ),
  running as (
    select tenant_id, count(*) as calls from open where worker_id is not null and lease_until > now() group by tenant_id
  ),
  free as (
    select tenant_id, goal_id, id,
           row_number() over (partition by tenant_id order by priority desc, id) as place
      from open
     where not withdrawn
       -- What a paused goal has left lies until it goes on.
       and exists (select from goal g where g.tenant_id = open.tenant_id and g.id = open.goal_id and g.paused is null)
       and (worker_id is null or (lease_until <= now() and repeatable and deliveries < ${MAX_DELIVERIES}))
  ),
  chosen as (
    select f.tenant_id, f.goal_id, f.id
      from free f left join running r using (tenant_id)
     order by coalesce(r.calls, 0) + f.place, f.id limit 8 * $1::bigint
  ),
  locked as (
    select d.tenant_id, d.goal_id, d.id
      from chosen
     cross join lateral (
       select d.tenant_id, d.goal_id, d.id from task_dispatch d
        where d.tenant_id = chosen.tenant_id and d.goal_id = chosen.goal_id and d.id = chosen.id
          and d.ending is null and not d.withdrawn and (d.worker_id is null or d.lease_until <= now())
          for no key update skip locked
     ) d
     limit $1::bigint
  )
  update task_dispatch d
     set worker_id = $3, token = d.token + 1, deliveries = d.deliveries + 1, started_at = clock_timestamp(),
         lease_until = clock_timestamp() + $4 * interval '1 millisecond'
    from locked l
   where d.tenant_id = l.tenant_id and d.goal_id = l.goal_id and d.id = l.id
  returning d.tenant_id, d.goal_id, d.id, d.token, d.work, pg_notify('${DISPATCH_NEWS_CHANNEL}', d.goal_id::text)`,
};

const MINE = `d.tenant_id = $1 and d.goal_id = $2 and d.id = $3 and d.token = $4 and d.worker_id is not null`;

const FINISH: PreparedSql = {
  name: 'dispatch_finish',
  text: `
  update task_dispatch d set ending = $5::json
   where ${MINE} and d.ending is null
  returning d.id, pg_notify('${DISPATCH_NEWS_CHANNEL}', d.goal_id::text)`,
};

const HAND_BACK = `
  update task_dispatch d
     set worker_id = null, deliveries = d.deliveries - 1,
         ending = case when d.withdrawn then '{"kind":"unasked"}'::json end
   where ${MINE} and d.ending is null
  returning pg_notify('${DISPATCH_CHANNEL}', ''), pg_notify('${DISPATCH_NEWS_CHANNEL}', d.goal_id::text)`;

const KEEP: PreparedSql = {
  name: 'dispatch_keep',
  text: `
  update task_dispatch d
     set lease_until = clock_timestamp() + $5 * interval '1 millisecond'
    from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bigint[]) as lease(tenant_id, goal_id, id, token)
   where d.tenant_id = lease.tenant_id and d.goal_id = lease.goal_id and d.id = lease.id and d.token = lease.token
     and d.worker_id is not null and not d.withdrawn and d.ending is null
  returning d.id`,
};

const END_LOST: PreparedSql = {
  name: 'dispatch_end_lost',
  text: `
  with lost as (
    select tenant_id, goal_id, id from task_dispatch
     where ending is null and worker_id is not null and lease_until <= now()
       and (withdrawn or not repeatable or deliveries >= ${MAX_DELIVERIES})
       for no key update skip locked
  )
  update task_dispatch d
     set ending = case when not d.repeatable then $2::json when d.withdrawn then '{"kind":"unasked"}' else $1::json end
    from lost l
   where d.tenant_id = l.tenant_id and d.goal_id = l.goal_id and d.id = l.id
  returning d.id, pg_notify('${DISPATCH_NEWS_CHANNEL}', d.goal_id::text)`,
};

/** Calls that workers make for the owners of goals: the statements of the workers' side, which cross tenants. */
export class TaskDispatches {
  constructor(private readonly system: Pick<SystemTransaction, 'once'>) {}

  async take(
    workerId: string,
    { needs, limit, leaseMs }: { readonly needs: readonly string[]; readonly limit: number; readonly leaseMs: number },
  ): Promise<TakenDispatchRow[]> {
    return this.system.once<TakenDispatchRow>(TAKE, [limit, needs, workerId, leaseMs]);
  }

  /** Whether the ending was stored; not when the lease was over or another ending was there. */
  async finish(lease: DispatchKey, ending: string): Promise<boolean> {
    return (await this.system.once(FINISH, [...keyOf(lease), ending])).length > 0;
  }

  async handBack(lease: DispatchKey): Promise<void> {
    await this.system.once(HAND_BACK, keyOf(lease));
  }

  /** Prolongs leases; gives the ids of those that hold and are still wanted. */
  async keep(leases: readonly DispatchKey[], leaseMs: number): Promise<Set<string>> {
    const rows = await this.system.once<{ id: string }>(KEEP, [
      leases.map(({ tenantId }) => tenantId),
      leases.map(({ goalId }) => goalId),
      leases.map(({ id }) => id),
      leases.map(({ token }) => token),
      leaseMs,
    ]);
    return new Set(rows.map(({ id }) => id));
  }

  /** Ends what was lost with its worker and is not made again; how, depends on whether it could have been. */
  async endLost(endings: { readonly repeatable: string; readonly uncertain: string }): Promise<void> {
    await this.system.once(END_LOST, [endings.repeatable, endings.uncertain]);
  }
}

function keyOf({ tenantId, goalId, id, token }: DispatchKey): unknown[] {
  return [tenantId, goalId, id, token];
}
