import pino from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Drain } from '#libs/context';
import { newId, systemClock } from '#libs/kernel';
import { CAPABILITIES } from '#libs/orchestration';
import { type Database, Heartbeats, WorkerRegistry, type WorkerRow } from '#libs/persistence';
import { createTestDatabase, runOnce, testServer } from '#libs/testing';
import { Heartbeat } from './heartbeat.js';
import { ThisWorker } from './this-worker.js';

let database: Database;
let registry: WorkerRegistry;

beforeAll(async () => {
  database = await createTestDatabase();
  registry = new WorkerRegistry(database.system);
});
afterAll(() => database.close());

const logger = pino({ level: 'silent' });

function worker(leaseSeconds = 2) {
  const own = new ThisWorker({
    role: 'worker',
    workerName: 'one',
    workerCapabilities: [...CAPABILITIES],
    workerCapacity: 4,
    leaseSeconds,
  });
  const drain = new Drain(logger);
  const heartbeats = new Heartbeats(database.reserved);
  const beat = new Heartbeat({ worker: own, heartbeats, drain, clock: systemClock, logger, registers: true });
  return { own, beat, drain };
}

async function find(id: string): Promise<WorkerRow | undefined> {
  const rows = await registry.page({ state: undefined, before: undefined, limit: 1000 });
  return rows.find((row) => row.id === id);
}
const stateOf = async (id: string) => (await find(id))?.state;
const setBack = (id: string, interval: string) =>
  database.system.once(`update worker set heartbeat_at = now() - $2::interval where id = $1`, [id, interval]);

describe('the row of a worker', () => {
  it('says what it is and how it stands, from its start to its end [WRK-1]', async () => {
    const { own, beat, drain } = worker();
    await beat.onApplicationBootstrap();
    expect(await find(own.id)).toMatchObject({
      name: 'one',
      role: 'worker',
      state: 'IDLE',
      capabilities: [...CAPABILITIES],
      capacity: 4,
      goals: 0,
      running: 0,
      stopped_at: null,
    });
    own.countGoals(() => 3);
    await beat.renew([], own.leaseMs);
    expect(await find(own.id)).toMatchObject({ state: 'BUSY', goals: 3 });
    own.countGoals(() => 0);
    own.countTasks(() => 1);
    await beat.renew([], own.leaseMs);
    expect(await find(own.id)).toMatchObject({ state: 'BUSY', running: 1 });
    await drain.run(1_000);
    expect(await stateOf(own.id)).toBe('DRAINING');
    await beat.onModuleDestroy();
    expect(await find(own.id)).toMatchObject({ state: 'OFFLINE', running: 0, stopped_at: expect.any(Date) });
  });

  it('is beaten without any goal, as often as its lease needs [WRK-1]', async () => {
    const { own, beat } = worker();
    await beat.onApplicationBootstrap();
    const first = (await find(own.id))?.heartbeat_at ?? new Date(0);
    await expect.poll(async () => Number((await find(own.id))?.heartbeat_at) > Number(first)).toBe(true);
    await beat.onModuleDestroy();
  });

  it('is offline once its own lease time has passed in silence, and comes back with the next beat [WRK-1, WRK-4]', async () => {
    const [short, long] = [worker(2), worker(60)];
    for (const { own, beat } of [short, long]) {
      await beat.renew([], own.leaseMs);
      await setBack(own.id, '3 seconds');
    }
    expect(await stateOf(short.own.id)).toBe('OFFLINE');
    expect(await stateOf(long.own.id)).toBe('IDLE');
    const live = (await registry.live()).map(({ id }) => id);
    expect(live).toContain(long.own.id);
    expect(live).not.toContain(short.own.id);
    await short.beat.renew([], short.own.leaseMs);
    expect(await stateOf(short.own.id)).toBe('IDLE');
  });

  it('is deleted by whoever beats once it has been silent for an hour [WRK-1]', async () => {
    const gone = worker();
    await gone.beat.renew([], gone.own.leaseMs);
    await setBack(gone.own.id, '61 minutes');
    const other = worker();
    await other.beat.onApplicationBootstrap();
    expect(await find(gone.own.id)).toBeUndefined();
    // Nobody is deleted for good who was only away: the next beat is a new row.
    await gone.beat.renew([], gone.own.leaseMs);
    expect(await stateOf(gone.own.id)).toBe('IDLE');
    await other.beat.onModuleDestroy();
  });

  it('is hidden from tenants [WRK-1]', async () => {
    await expect(database.tenants.once(newId(), 'select id from worker')).rejects.toThrow(/permission denied/);
  });

  it('is written while every connection of the pool is taken [WRK-1]', async () => {
    const { own, beat } = worker();
    const { promise, resolve } = Promise.withResolvers<void>();
    const runners = Array.from({ length: 50 }, () => database.tenants.run(newId(), () => promise));
    await beat.renew([], own.leaseMs);
    resolve();
    await Promise.all(runners);
    expect(await stateOf(own.id)).toBe('IDLE');
  });

  it('is written again after the connection for it was lost [WRK-1]', async () => {
    const { own, beat } = worker();
    await beat.renew([], own.leaseMs);
    await runOnce(
      testServer().administratorUrl,
      `select pg_terminate_backend(pid) from pg_stat_activity
        where application_name like '%heartbeat' and datname = $1`,
      [new URL(database.connection.url ?? '').pathname.slice(1)],
    );
    await setBack(own.id, '1 minute');
    await expect.poll(() => beat.renew([], own.leaseMs).catch(() => undefined)).toEqual(new Set());
    expect(await stateOf(own.id)).toBe('IDLE');
  });
});
