import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createTenant, createTestDatabase, runOnce, testServer } from '#libs/testing';
import { createDataSource } from './data-source.js';
import { poolOf } from './connection.js';
import type { Database } from './database.js';
import type { Transaction } from './transaction.js';

let database: Database;
let tenant: string;

beforeAll(async () => {
  database = await createTestDatabase();
  tenant = (await createTenant(database)).id;
});
afterAll(() => database.close());

async function breakConnection(transaction: Transaction): Promise<void> {
  const [me] = await transaction.query<{ pid: number }>('select pg_backend_pid() as pid');
  await runOnce(testServer().administratorUrl, 'select pg_terminate_backend($1, 5000)', [me?.pid]);
  // The end reaches this process on its own time.
  await new Promise((resolve) => setTimeout(resolve, 100));
}

describe('a transaction whose connection breaks', () => {
  it.each([
    ['an entity', (transaction: Transaction) => transaction.manager.query('select 1')],
    ['a statement', (transaction: Transaction) => transaction.query('select 1')],
    ['nothing more', () => Promise.resolve()],
  ])('is unavailable when it goes on with %s, and the next one works', async (_with, goOn) => {
    const attempt = database.tenants.run(tenant, async (transaction) => {
      await breakConnection(transaction);
      await goOn(transaction);
    });
    await expect(attempt).rejects.toMatchObject({ code: 'unavailable' });
    expect(await database.tenants.run(tenant, (transaction) => transaction.query('select 1 as one'))).toEqual([
      { one: 1 },
    ]);
  });
});

describe('a query that is never answered', () => {
  it('ends its own connection only, as unavailable', async () => {
    const { url } = database.connection;
    const dataSource = createDataSource({ url: url ?? '', poolSize: 2, applicationName: 'test', queryTimeoutMs: 200 });
    await dataSource.initialize();
    try {
      const pool = poolOf(dataSource);
      const [slow, other] = await Promise.all([pool.connect(), pool.connect()]);
      // It breaks while it is checked out.
      slow.on('error', () => undefined);
      const behind = slow.query('select pg_sleep(5)').catch((error: Error) => error.message);
      const last = slow.query('select 1').catch((error: Error) => error.message);
      expect(await behind).toBe('Query read timeout');
      expect(await last).toMatch(/timeout|terminated/);
      expect((await other.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
      slow.release();
      other.release();
      // The pool hears of the broken one by an event.
      await vi.waitFor(() => expect(pool.totalCount).toBe(1));
    } finally {
      await dataSource.destroy();
    }
  });
});
