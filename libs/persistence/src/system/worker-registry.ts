import type { SystemTransaction } from './system-transaction.js';

export const WORKER_STATES = ['IDLE', 'BUSY', 'DRAINING', 'OFFLINE'] as const;

export type WorkerState = (typeof WORKER_STATES)[number];

/** A worker as it was at its last heartbeat, and what that makes of it now. */
export interface WorkerRow {
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly machine: number;
  readonly role: string;
  readonly state: WorkerState;
  readonly capabilities: string[];
  readonly capacity: number;
  readonly running: number;
  readonly goals: number;
  readonly started_at: Date;
  readonly heartbeat_at: Date;
  readonly stopped_at: Date | null;
}

/** The one place that says what state a worker is in (WRK-1), by the database's clock. */
const STATE = `
  case when stopped_at is not null or heartbeat_at < clock_timestamp() - lease_ms * interval '1 millisecond'
       then 'OFFLINE'
       when draining then 'DRAINING'
       when goals > 0 or running > 0 then 'BUSY'
       else 'IDLE' end`;

const WORKERS = `
  select id, name, version, machine, role, ${STATE} as state, capabilities, capacity, running, goals, started_at,
         heartbeat_at, stopped_at
    from worker`;

export interface WorkerPage {
  readonly state: WorkerState | undefined;
  /** Id of the last one of the page before. */
  readonly before: string | undefined;
  readonly limit: number;
}

/** The processes that carry goals and run tasks. They belong to no tenant. */
export class WorkerRegistry {
  constructor(private readonly system: SystemTransaction) {}

  /** Those that take new work. */
  async live(): Promise<WorkerRow[]> {
    return this.system.once<WorkerRow>(`select * from (${WORKERS}) workers where state in ('IDLE', 'BUSY')`);
  }

  /** Newest first. */
  async page({ state, before, limit }: WorkerPage): Promise<WorkerRow[]> {
    return this.system.once<WorkerRow>(
      `select * from (${WORKERS}) workers
        where ($1::text is null or state = $1) and ($2::uuid is null or id < $2)
        order by id desc limit $3`,
      [state ?? null, before ?? null, limit],
    );
  }
}
