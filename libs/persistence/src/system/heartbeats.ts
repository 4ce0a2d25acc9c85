import type { PreparedSql, Statement } from '../connection.js';
import type { ReservedConnection } from '../reserved-connection.js';
import type { LeaseKey } from './goal-claims.js';

/** What a worker says of itself at each beat. Times are the database's. */
export interface WorkerBeat {
  /** UUID of the process. */
  readonly id: string;
  readonly name: string;
  /** Version of the product. */
  readonly version: string;
  /** Version of the state machine. */
  readonly machine: number;
  readonly role: string;
  readonly capabilities: readonly string[];
  readonly capacity: number;
  readonly running: number;
  readonly goals: number;
  readonly draining: boolean;
  /** How long it may be silent before it counts as gone. */
  readonly leaseMs: number;
}

const BEAT: PreparedSql = {
  name: 'worker_beat',
  text: `
  insert into worker (id, name, version, machine, role, capabilities, capacity, running, goals, draining, lease_ms)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
  on conflict (id) do update
     set running = excluded.running, goals = excluded.goals, draining = excluded.draining,
         heartbeat_at = excluded.heartbeat_at, stopped_at = null`,
};

const STOP = `update worker set stopped_at = clock_timestamp(), running = 0, goals = 0 where id = $1`;

const FORGET = `
  delete from worker
   where id in (select id from worker where heartbeat_at < now() - interval '1 hour' for update skip locked)`;

/**
 * Gives every lease that holds, and whether it was prolonged. `locking` says what to do with a goal that is just being
 * written: a renewal of many that waited for one, while it has others locked, would meet the commit of a group halfway.
 */
const renewal = (name: string, locking: string): PreparedSql => ({
  name,
  text: `
  with held as (
    select g.tenant_id, g.id
      from unnest($1::uuid[], $2::uuid[], $3::bigint[]) as lease(tenant_id, goal_id, token)
      join goal g on g.tenant_id = lease.tenant_id and g.id = lease.goal_id
     where g.lease_token = lease.token and g.lease_owner is not null
  ),
  free as (
    select f.tenant_id, f.id
      from unnest($1::uuid[], $2::uuid[], $3::bigint[]) as lease(tenant_id, goal_id, token)
      join goal f on f.tenant_id = lease.tenant_id and f.id = lease.goal_id
     where f.lease_token = lease.token and f.lease_owner is not null
       for no key update of f ${locking}
  ),
  renewed as (
    update goal g
       set wake_at = clock_timestamp() + $4 * interval '1 millisecond'
      from free f
     where g.tenant_id = f.tenant_id and g.id = f.id
    returning g.id
  )
  select h.id, r.id is not null as renewed from held h left join renewed r using (id)`,
});
const RENEW = renewal('goal_renew', 'skip locked');
const RENEW_ONE = renewal('goal_renew_one', '');

interface Renewed {
  readonly id: string;
  readonly renewed: boolean;
}

/** What a process says while it lives: that it does, and that it still holds what it holds. It goes past the pool. */
export class Heartbeats {
  constructor(private readonly reserved: ReservedConnection) {}

  /** Writes the worker's row and prolongs its leases in one flight; gives the ids of the goals whose lease still holds. */
  async beat(worker: WorkerBeat, leases: readonly LeaseKey[], leaseMs: number): Promise<Set<string>> {
    const renewals = leases.length > 0 ? [{ sql: RENEW, parameters: leaseParameters(leases, leaseMs) }] : [];
    const [, held = []] = await this.reserved.flight([sign(worker), ...renewals]);
    return this.keep(leases, held as Renewed[], leaseMs);
  }

  /** Prolongs leases; gives the ids of the goals whose lease still holds. */
  async renew(leases: readonly LeaseKey[], leaseMs: number): Promise<Set<string>> {
    if (leases.length === 0) return new Set();
    return this.keep(leases, await this.renewal(RENEW, leases, leaseMs), leaseMs);
  }

  /** The worker is gone, and says so. */
  async stop(workerId: string): Promise<void> {
    await this.reserved.once(STOP, [workerId]);
  }

  /** Deletes the workers that have been silent for an hour. */
  async forgetGone(): Promise<void> {
    await this.reserved.once(FORGET);
  }

  private renewal(sql: PreparedSql, leases: readonly LeaseKey[], leaseMs: number): Promise<Renewed[]> {
    return this.reserved.once<Renewed>(sql, leaseParameters(leases, leaseMs));
  }

  private async keep(leases: readonly LeaseKey[], held: readonly Renewed[], leaseMs: number): Promise<Set<string>> {
    const kept = new Set(held.filter(({ renewed }) => renewed).map(({ id }) => id));
    const skipped = new Set(held.filter(({ renewed }) => !renewed).map(({ id }) => id));
    // Waiting for one of them, with nothing locked, is enough: goals are written in groups.
    const [first, ...others] = leases.filter(({ goalId }) => skipped.has(goalId));
    if (!first) return kept;
    const [one] = await this.renewal(RENEW_ONE, [first], leaseMs);
    if (one?.renewed) kept.add(one.id);
    return kept.union(await this.renew(others, leaseMs));
  }
}

function sign(worker: WorkerBeat): Statement {
  const { id, name, version, machine, role, capabilities, capacity, running, goals, draining, leaseMs } = worker;
  return {
    sql: BEAT,
    parameters: [id, name, version, machine, role, capabilities, capacity, running, goals, draining, leaseMs],
  };
}

function leaseParameters(leases: readonly LeaseKey[], leaseMs: number): unknown[] {
  return [
    leases.map((lease) => lease.tenantId),
    leases.map((lease) => lease.goalId),
    leases.map((lease) => lease.token),
    leaseMs,
  ];
}
