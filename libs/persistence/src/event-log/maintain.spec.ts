import pino from 'pino';
import { DataSource } from 'typeorm';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { NewEvent } from '#libs/events';
import { newId } from '#libs/kernel';
import { type TestClone, cloneTestDatabase, runOnce, testServer } from '#libs/testing';
import { migrations } from '../../../../migrations/index.js';
import type { Database } from '../database.js';
import { connectDatabase, openDatabase } from '../open-database.js';
import { EventLogReader, LOG_START } from './event-log-reader.js';
import { EventRecorder } from './event-recorder.js';
import { raiseEpochAfterMove } from './maintain.js';

const logger = pino({ level: 'silent' });
const tenantId = newId();
const event: NewEvent = { type: 'goal.created', actor: { kind: 'user' }, resource: null, data: null };

let clone: TestClone;
let database: Database;
let reader: EventLogReader;

beforeEach(async () => {
  clone = await cloneTestDatabase();
  const connection = { url: clone.url, poolSize: 2, applicationName: 'test' };
  database = await connectDatabase(connection, { roles: testServer().roles, entities: [], logger, isEmbedded: false });
  reader = new EventLogReader(database.tenants);
});
afterEach(async () => {
  await database.close();
  await clone.drop();
});

async function record(): Promise<void> {
  await database.tenants.run(tenantId, (transaction) => new EventRecorder().record(transaction, tenantId, [event]));
}

/** Makes the log look as after a restore: another cluster, whose transactions are all numbered higher than ours. */
async function moveHere(): Promise<void> {
  await runOnce(clone.administratorUrl, `update event set xid = '9000000000'::xid8`);
  await runOnce(clone.ownerUrl, 'update log_epoch set system_identifier = 1');
}

/** As the owner, as `migrate` does it. */
async function raise(): Promise<void> {
  const owner = await new DataSource({ type: 'postgres', url: clone.ownerUrl, installExtensions: false }).initialize();
  const runner = owner.createQueryRunner();
  try {
    await raiseEpochAfterMove(runner);
  } finally {
    await runner.release();
    await owner.destroy();
  }
}

async function readAll(): Promise<string[]> {
  return (await reader.after(tenantId, LOG_START, 100)).map(({ id }) => id);
}

describe('after the database has moved to another cluster', () => {
  it('cursors of before go on with what is recorded there [EVT-2] [EVT-4]', async () => {
    await record();
    await moveHere();
    await raise();
    const before = await readAll();
    const cursor = await reader.end(tenantId);
    expect(before).toHaveLength(1);
    expect(cursor).toMatchObject({ epoch: 1, xid: '9000000000' });
    await record();
    // Other tests' transactions on the same server may hold it back for a moment.
    const found = async () => {
      const events = await reader.after(tenantId, cursor, 100);
      expect(events).toHaveLength(1);
      return events;
    };
    const [next] = await vi.waitFor(found, { timeout: 10_000 });
    expect(next?.cursor).toMatchObject({ epoch: 2 });
    expect(await readAll()).toEqual([...before, next?.id]);
  });

  it('they would be stuck without a new epoch [EVT-2]', async () => {
    await record();
    await moveHere();
    await record();
    const cursor = { epoch: 1, xid: '9000000000', id: newId() };
    const settled = async () => expect((await reader.follow(tenantId, LOG_START, 100)).events).toHaveLength(1);
    await vi.waitFor(settled, { timeout: 10_000 });
    expect(await reader.after(tenantId, cursor, 100)).toEqual([]);
  });

  it('the epoch is raised by migrating, once [EVT-2]', async () => {
    await runOnce(clone.ownerUrl, 'update log_epoch set system_identifier = 1');
    const options = {
      url: clone.url,
      migrationUrl: clone.ownerUrl,
      dataDir: '/nonexistent',
      poolSize: 2,
      applicationName: 'test',
      roles: testServer().roles,
      migrate: true,
      entities: [],
      migrations,
      logger,
    };
    for (let start = 0; start < 2; start++) await (await openDatabase(options)).close();
    const epochs = await runOnce<{ epoch: number }>(clone.ownerUrl, 'select epoch from log_epoch order by epoch');
    expect(epochs).toEqual([{ epoch: 1 }, { epoch: 2 }]);
  });
});
