import type { PreparedSql } from '../connection.js';
import { CLAIM_STRANDED } from './claim-stranded.js';
import { LEASE, ms } from './lease.js';
import type { SystemTransaction } from './system-transaction.js';

/** A claimed goal with its plan, as stored. Times are milliseconds since the epoch; JSON is as its writer left it. */
export interface ClaimedGoalRow {
  readonly tenant_id: string;
  readonly id: string;
  readonly lease_token: string;
  readonly claims: number;
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
  readonly machine: number;
  readonly plan: unknown;
  /** Size of all outputs together; null for a goal without tasks. */
  readonly task_bytes: number | null;
  readonly has_commands: boolean;
  readonly has_dispatches: boolean;
  readonly depth: number;
  readonly tokens: string;
  readonly agents: number;
  /** The kill switch that is engaged for it: scope, by, reason; null for none. */
  readonly halt: unknown;
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
  readonly approval: unknown;
}

export interface GoalCommandRow {
  readonly id: string;
  readonly goal_id: string;
  readonly kind: string;
  readonly actor: unknown;
  readonly reason: string | null;
  readonly decision: unknown;
}

export interface LeaseKey {
  readonly tenantId: string;
  readonly goalId: string;
  readonly token: number;
}

/**
 * Due are goals that nobody holds and whose time has come, goals whose lease has run out, and goals with commands.
 * The first are found by hopping over an index of nothing else from one tenant to the next, so that a tenant with
 * thousands of goals costs as much as one with a single goal. Those that were put to sleep (a person has a day to
 * answer) stand in an index of their own by the time at which they wake, so that nobody has to look past them; who wakes
 * first is found first. Each tenant's goals are numbered by priority and age (ids are UUIDv7), from how many it has
 * running: the lowest numbers win, which is round robin over tenants by fewest running. Those with commands come before
 * everything, because somebody waits for an answer. `skip locked` lets several claimers pass each other, and twice as
 * many are looked at as are taken, so that the second of them has its fill. A lock of the weaker kind lets commands come
 * in meanwhile. Under a kill switch nothing is due but what has commands, so that a goal can be cancelled meanwhile; the
 * table is empty but for emergencies. What a machine newer than $5 has written is left to processes that know it.
 */
const CLAIM: PreparedSql = {
  name: 'goal_claim',
  text: `
  with recursive tenants(tenant_id) as (
    (select tenant_id from goal
      where wake_at is not null and lease_owner is null and not $4 and not exists (select from installation_switch)
      order by tenant_id limit 1)
    union all
    select (select g.tenant_id from goal g
             where g.wake_at is not null and g.lease_owner is null and g.tenant_id > t.tenant_id
             order by g.tenant_id limit 1)
      from tenants t where t.tenant_id is not null
  ),
  commanded as (
    select distinct g.tenant_id, g.id, g.priority
      from goal_command c join goal g on g.tenant_id = c.tenant_id and g.id = c.goal_id
     where (g.lease_owner is null or g.wake_at <= now()) and g.machine <= $5
  ),
  free as (
    select t.tenant_id from tenants t
     where t.tenant_id is not null
       and not exists (select from kill_switch k where k.tenant_id = t.tenant_id and k.goal_id is null)
  ),
  found as (
    select g.tenant_id, g.id, g.priority, false as asked
      from free
     cross join lateral (
       select tenant_id, id, priority from goal
        where tenant_id = free.tenant_id and lease_owner is null and not sleeping and wake_at is not null
          and wake_at <= now() and machine <= $5
          and not exists (select from kill_switch k where k.tenant_id = free.tenant_id and k.goal_id = goal.id)
        order by priority desc, id limit 2 * $1::bigint
     ) g
    union all
    select g.tenant_id, g.id, g.priority, false
      from free
     cross join lateral (
       select tenant_id, id, priority from goal
        where tenant_id = free.tenant_id and lease_owner is null and sleeping and wake_at <= now() and machine <= $5
          and not exists (select from kill_switch k where k.tenant_id = free.tenant_id and k.goal_id = goal.id)
        order by wake_at limit 2 * $1::bigint
     ) g
    union all
    select tenant_id, id, priority, false from goal
     where lease_owner is not null and wake_at <= now() and machine <= $5 and not $4
       and not exists (select from installation_switch)
    union all
    select tenant_id, id, priority, true from commanded
  ),
  due as (
    select tenant_id, id, priority, bool_or(asked) as asked from found f
     where asked or not exists (
             select from kill_switch k where k.tenant_id = f.tenant_id and (k.goal_id is null or k.goal_id = f.id))
     group by tenant_id, id, priority
  ),
  running as (
    select tenant_id, count(*) as goals from goal
     where lease_owner is not null and wake_at > now() group by tenant_id
  ),
  chosen as (
    select tenant_id, id
      from (select d.*, case when d.asked then 0 else coalesce(r.goals, 0)
                 + row_number() over (partition by d.tenant_id order by d.asked desc, d.priority desc, d.id) end as turn
              from due d left join running r using (tenant_id)) numbered
     order by turn, id limit 2 * $1::bigint
  ),
  locked as (
    select g.tenant_id, g.id
      from chosen
     cross join lateral (
       select g.tenant_id, g.id from goal g
        where g.tenant_id = chosen.tenant_id and g.id = chosen.id and (g.lease_owner is null or g.wake_at <= now())
          for no key update skip locked
     ) g
     limit $1::bigint
  ),${LEASE}`,
};

const TASKS = `
  select goal_id, id, key, position, plan_version, state, attempts, depends_on, tool, output, output_bytes, error,
         worker_id, ${ms('started_at')} as started_at, ${ms('finished_at')} as finished_at,
         ${ms('retry_at')} as retry_at, approval
    from task
   where (tenant_id, goal_id) in (select * from unnest($1::uuid[], $2::uuid[]))
   order by goal_id, position`;

const COMMANDS: PreparedSql = {
  name: 'goal_commands',
  text: `
  select c.id, c.goal_id, c.kind, c.actor, c.reason, c.decision
    from goal_command c
   where (c.tenant_id, c.goal_id) in (select * from unnest($1::uuid[], $2::uuid[]))
   order by c.created_at, c.id`,
};

/** Claims and look-ups of commands: the statements of the engine that cross tenants. */
export class GoalClaims {
  constructor(private readonly system: Pick<SystemTransaction, 'once'>) {}

  /**
   * Leases up to `limit` due goals to a worker; with `onlyCommanded` none but those with commands. `machine` is the newest
   * version of the machine that the worker knows.
   */
  async claim(
    workerId: string,
    limit: number,
    leaseMs: number,
    { onlyCommanded, machine }: { readonly onlyCommanded: boolean; readonly machine: number },
  ): Promise<ClaimedGoalRow[]> {
    return this.system.once<ClaimedGoalRow>(CLAIM, [limit, workerId, leaseMs, onlyCommanded, machine]);
  }

  /** Leases goals of a newer machine that nobody has taken for `patienceMs`, and that no process is there to carry. */
  async claimStranded(
    workerId: string,
    { limit, leaseMs, patienceMs, machine }: Record<'limit' | 'leaseMs' | 'patienceMs' | 'machine', number>,
  ): Promise<ClaimedGoalRow[]> {
    return this.system.once<ClaimedGoalRow>(CLAIM_STRANDED, [limit, workerId, leaseMs, patienceMs, machine]);
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
}
