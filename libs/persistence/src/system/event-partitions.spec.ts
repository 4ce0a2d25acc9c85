import pino from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { newId } from '#libs/kernel';
import { type TestClone, cloneTestDatabase, runOnce, testServer } from '#libs/testing';
import type { Database } from '../database.js';
import { EventRecorder } from '../event-log/event-recorder.js';
import { connectDatabase } from '../open-database.js';
import { EventPartitions } from './event-partitions.js';

let database: Database;
let clone: TestClone;
const errors = vi.fn<() => void>();
const logger = pino({ level: 'silent' });

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  vi.spyOn(logger, 'error').mockImplementation(errors);
  clone = await cloneTestDatabase();
  const connection = { url: clone.url, poolSize: 2, applicationName: 'test' };
  database = await connectDatabase(connection, { roles: testServer().roles, entities: [], logger, isEmbedded: false });
});
afterEach(async () => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  errors.mockClear();
  await database.close();
  await clone.drop();
});

async function partitions(): Promise<string[]> {
  const rows = await runOnce<{ name: string }>(
    clone.ownerUrl,
    `select inhrelid::regclass::text as name from pg_inherits where inhparent = 'event'::regclass order by 1`,
  );
  return rows.map(({ name }) => name);
}

async function forget(name: string): Promise<void> {
  await runOnce(clone.ownerUrl, `drop table ${name}`);
}

describe('EventPartitions', () => {
  it('makes those that are missing at the start and daily, as the login, and stops', async () => {
    const all = await partitions();
    expect(all).toHaveLength(4);
    await forget(all.at(-2)!);
    const timers = vi.getTimerCount();
    const kept = new EventPartitions(database.system, logger);
    await kept.start();
    expect(await partitions()).toEqual(all);

    await forget(all.at(-2)!);
    vi.advanceTimersByTime(86_400_000);
    await vi.waitFor(async () => expect(await partitions()).toEqual(all), { timeout: 10_000 });

    kept.stop();
    expect(vi.getTimerCount()).toBe(timers);
    expect(errors).not.toHaveBeenCalled();
  });

  it('makes those of later months where events of one went to the rest already [EVT-2]', async () => {
    const all = await partitions();
    const [present, later] = [all[0]!, all.at(-2)!];
    await forget(present);
    await forget(later);
    const tenantId = newId();
    const event = { type: 'goal.created', actor: { kind: 'user' }, resource: null, data: null } as const;
    await database.tenants.run(tenantId, (transaction) => new EventRecorder().record(transaction, tenantId, [event]));
    const kept = new EventPartitions(database.system, logger);
    await kept.start();
    kept.stop();
    expect(await partitions()).toEqual(all.filter((name) => name !== present));
    expect(errors).not.toHaveBeenCalled();
  });

  it('goes on where they cannot be made: events then go to the rest', async () => {
    await runOnce(clone.ownerUrl, 'drop function ensure_event_partitions');
    const kept = new EventPartitions(database.system, logger);
    await kept.start();
    kept.stop();
    expect(errors).toHaveBeenCalledTimes(1);
  });
});
