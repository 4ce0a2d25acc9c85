import type { PreparedSql } from '../connection.js';
import type { SystemTransaction } from './system-transaction.js';

/** A claimed goal with its plan, as stored. Times are milliseconds since the epoch; JSON is as its writer left it. */
export interface ClaimedGoalRow {
  readonly tenant_id: string;
  readonly id: string;
  readonly lease_token: string;
  readonly now: number;
  readonly description: string;
  readonly priority: number;
  readonly context: unknown;
  readonly deadline: number | null;
  readonly on_failure: string;
  readonly submitter: unknown;
  readonly held: boolean;
  readonly state: string;
  readonly paused: unknown;
  readonly plan_version: number;
  readonly replans: number;
  readonly progress: unknown;
  readonly result: unknown;
  readonly error: unknown;
  readonly active_ms: string;
  readonly started_at: number | null;
  readonly finished_at: number | null;
  readonly last_seq: number;
  readonly plan: unknown;
  readonly has_tasks: boolean;
  readonly has_commands: boolean;
}

export interface ClaimedTaskRow {
  readonly goal_id: string;
  readonly id: string;
  readonly key: string;
  readonly position: number;
  readonly plan_version: number;
  readonly state: string;
  readonly attempts: number;
  readonly depends_on: string[];
  readonly tool: string;
  readonly output: unknown;
  readonly output_bytes: number;
  readonly error: unknown;
  readonly worker_id: string | null;
  readonly started_at: number | null;
  readonly finished_at: number | null;
  readonly retry_at: number | null;
}

export interface GoalCommandRow {
  readonly id: string;
  readonly goal_id: string;
  readonly kind: string;
  readonly actor: unknown;
  readonly reason: string | null;
}

export interface LeaseKey {
  readonly tenantId: string;
  readonly goalId: string;
  readonly token: number;
}

const ms = (column: string): string => `(extract(epoch from ${column}) * 1000)::float8`;

/**
 * Tenants are found by hopping over the index from one to the next, so that a tenant with thousands of goals costs as
 * much as one with a single goal. Each tenant's next goals are then numbered from how many it has running: the lowest
 * numbers win, which is round robin over tenants by fewest running. `skip locked` lets several claimers pass each other.
 */
const CLAIM: PreparedSql = {
  name: 'goal_claim',
  text: `
  with recursive tenants(tenant_id) as (
    (select tenant_id from goal where wake_at is not null order by tenant_id limit 1)
    union all
    select (select g.tenant_id from goal g where g.wake_at is not null and g.tenant_id > t.tenant_id
             order by g.tenant_id limit 1)
      from tenants t where t.tenant_id is not null
  ),
  due as (
    select g.tenant_id, g.id, g.priority, g.wake_at
      from tenants t
     cross join lateral (
       select tenant_id, id, priority, wake_at from goal
        where tenant_id = t.tenant_id and wake_at is not null and wake_at <= now()
        order by priority desc, wake_at limit $1
     ) g
     where t.tenant_id is not null
    union
    select g.tenant_id, g.id, g.priority, coalesce(g.wake_at, now())
      from goal_command c join goal g on g.tenant_id = c.tenant_id and g.id = c.goal_id
     where g.lease_owner is null
  ),
  running as (
    select tenant_id, count(*) as goals from goal
     where lease_owner is not null and wake_at > now() group by tenant_id
  ),
  chosen as (
    select tenant_id, id
      from (select d.*, coalesce(r.goals, 0)
                 + row_number() over (partition by d.tenant_id order by d.priority desc, d.wake_at, d.id) as turn
              from due d left join running r using (tenant_id)) numbered
     order by turn, wake_at limit $1
  ),
  locked as (
    select g.tenant_id, g.id
      from chosen
     cross join lateral (
       select g.tenant_id, g.id from goal g
        where g.tenant_id = chosen.tenant_id and g.id = chosen.id and (g.lease_owner is null or g.wake_at <= now())
          for update skip locked
     ) g
  ),
  claimed as (
    update goal g
       set lease_owner = $2, lease_token = g.lease_token + 1, wake_at = clock_timestamp() + $3 * interval '1 millisecond'
      from locked l
     where g.tenant_id = l.tenant_id and g.id = l.id
    returning g.*
  )
  select g.tenant_id, g.id, g.lease_token, ${ms('clock_timestamp()')} as now, g.description, g.priority, g.context,
         ${ms('g.deadline')} as deadline, g.on_failure, g.submitter, g.held, g.state, g.paused, g.plan_version,
         g.replans, g.progress, g.result, g.error, g.active_ms, ${ms('g.started_at')} as started_at,
         ${ms('g.finished_at')} as finished_at, g.last_seq, p.plan,
         exists (select from task t where t.tenant_id = g.tenant_id and t.goal_id = g.id) as has_tasks,
         exists (select from goal_command c where c.tenant_id = g.tenant_id and c.goal_id = g.id) as has_commands
    from claimed g
    join lateral (
      select plan from goal_plan p
       where p.tenant_id = g.tenant_id and p.goal_id = g.id order by version desc limit 1
    ) p on true`,
};

const TASKS = `
  select goal_id, id, key, position, plan_version, state, attempts, depends_on, tool, output, output_bytes, error,
         worker_id, ${ms('started_at')} as started_at, ${ms('finished_at')} as finished_at, ${ms('retry_at')} as retry_at
    from task
   where (tenant_id, goal_id) in (select * from unnest($1::uuid[], $2::uuid[]))
   order by goal_id, position`;

const COMMANDS: PreparedSql = {
  name: 'goal_commands',
  text: `
  select c.id, c.goal_id, c.kind, c.actor, c.reason
    from goal_command c
   where (c.tenant_id, c.goal_id) in (select * from unnest($1::uuid[], $2::uuid[]))
   order by c.created_at, c.id`,
};

const RENEW = `
  update goal g
     set wake_at = clock_timestamp() + $4 * interval '1 millisecond'
    from unnest($1::uuid[], $2::uuid[], $3::bigint[]) as lease(tenant_id, goal_id, token)
   where g.tenant_id = lease.tenant_id and g.id = lease.goal_id and g.lease_token = lease.token and g.lease_owner is not null
  returning g.id`;

/** Claims, renewals and look-ups of commands: the statements of the engine that cross tenants. */
export class GoalClaims {
  constructor(private readonly system: SystemTransaction) {}

  /** Leases up to `limit` due goals to a worker. */
  async claim(workerId: string, limit: number, leaseMs: number): Promise<ClaimedGoalRow[]> {
    return this.system.once<ClaimedGoalRow>(CLAIM, [limit, workerId, leaseMs]);
  }

  async tasks(goals: readonly LeaseKey[]): Promise<ClaimedTaskRow[]> {
    if (goals.length === 0) return [];
    return this.system.once<ClaimedTaskRow>(TASKS, [
      goals.map((goal) => goal.tenantId),
      goals.map((goal) => goal.goalId),
    ]);
  }

  async commands(goals: readonly LeaseKey[]): Promise<GoalCommandRow[]> {
    if (goals.length === 0) return [];
    return this.system.once<GoalCommandRow>(COMMANDS, [
      goals.map((goal) => goal.tenantId),
      goals.map((goal) => goal.goalId),
    ]);
  }

  /** Prolongs leases; gives the ids of the goals whose lease still holds. */
  async renew(leases: readonly LeaseKey[], leaseMs: number): Promise<Set<string>> {
    const tenants = leases.map((lease) => lease.tenantId);
    const ids = leases.map((lease) => lease.goalId);
    const tokens = leases.map((lease) => lease.token);
    const rows = await this.system.once<{ id: string }>(RENEW, [tenants, ids, tokens, leaseMs]);
    return new Set(rows.map((row) => row.id));
  }
}
