import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Database } from '#libs/persistence';
import { createTestDatabase } from './test-database.js';
import { runOnce, testServer } from './test-server.js';

let first: Database;
let second: Database;

beforeAll(async () => {
  [first, second] = await Promise.all([createTestDatabase(), createTestDatabase()]);
});

afterAll(async () => {
  await Promise.all([first.close(), second.close()]);
});

async function nameOf(database: Database): Promise<string> {
  const rows: { name: string }[] = await database.dataSource.query('select current_database() as name');
  return rows[0]?.name ?? '';
}

describe('createTestDatabase', () => {
  it('gives each caller a database of its own, with every migration run', async () => {
    expect(await nameOf(first)).not.toBe(await nameOf(second));
    const rows = await first.system.run(({ query }) => query<{ name: string }>('select name from schema_migration'));
    expect(rows.length).toBeGreaterThan(0);
  });

  it('connects as the login, which is no superuser and owns nothing [TEN-5]', async () => {
    const [login] = await first.dataSource.query<{ powerful: boolean; owned: string }[]>(
      `select rolsuper or rolbypassrls or rolcreaterole as powerful,
         (select count(*) from pg_class where relowner = pg_roles.oid) as owned
       from pg_roles where rolname = current_user`,
    );
    expect(login).toEqual({ powerful: false, owned: '0' });
  });

  it('drops the database when it is closed', async () => {
    const third = await createTestDatabase();
    const name = await nameOf(third);
    await third.close();
    const rows = await runOnce(testServer().administratorUrl, 'select from pg_database where datname = $1', [name]);
    expect(rows).toEqual([]);
  });
});
