import { randomBytes } from 'node:crypto';
import pino from 'pino';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type TestClone, cloneTestDatabase, runOnce, testServer } from '#libs/testing';
import { migrations as allMigrations } from '../../../../migrations/index.js';
import { createDataSource } from '../data-source.js';
import { type DatabaseRoles, tenantTable } from '../rls.js';
import { assertMigrated, warnOfPowerfulLogin } from './check-login.js';
import { MigrationNeedsAdministrator } from './ensure-roles.js';
import { type MigrateOptions, migrate, revert } from './migrate.js';
import { type MigrationClass, defineMigration } from './migration.js';

const logger = pino({ level: 'silent' });
const NOTE = 'create table note (tenant_id uuid not null, body text not null)';

const grantSchema = defineMigration({
  name: 'GrantSchema1700000000000',
  up: ({ app }) => [`grant select on schema_migration to ${app}`],
  down: ({ app }) => [`revoke select on schema_migration from ${app}`],
});
const createNote = defineMigration({
  name: 'CreateNote1700000000001',
  up: (roles) => [NOTE, ...tenantTable('note', roles)],
  down: () => ['drop table note'],
});

let clone: TestClone;
let roles: DatabaseRoles;
const leftovers: string[] = [];

/** Names of its own for each test: roles belong to the whole cluster. */
function newName(purpose: string): string {
  const name = `av_${purpose}_${randomBytes(5).toString('hex')}`;
  leftovers.push(name);
  return name;
}

function options(migrations: readonly MigrationClass[], changes: Partial<MigrateOptions> = {}): MigrateOptions {
  const login = new URL(clone.url).username;
  return { owner: connection(clone.ownerUrl), login, roles, migrations, logger, ...changes };
}

function connection(url: string): MigrateOptions['owner'] {
  return { url, poolSize: 2, applicationName: 'test' };
}

async function asLogin<Row extends object>(sql: string): Promise<Row[]> {
  return runOnce<Row>(clone.url, sql);
}

/** A login with only the given rights, in the URL's place of the owner. */
async function newLogin(rights: string): Promise<string> {
  const url = new URL(clone.administratorUrl);
  url.username = newName('someone');
  url.password = 'test';
  await runOnce(clone.administratorUrl, `create role ${url.username} login ${rights} password 'test'`);
  return url.href;
}

beforeEach(async () => {
  clone = await cloneTestDatabase({ empty: true });
  roles = { app: newName('app'), system: newName('system') };
});

afterEach(async () => {
  await clone.drop();
});

afterAll(async () => {
  const { administratorUrl } = testServer();
  // The logins were granted the roles, partly by each other: those that were made last go first.
  for (const name of leftovers.toReversed()) await runOnce(administratorUrl, `drop role if exists ${name}`);
});

describe('migrate', () => {
  it('makes the roles, runs what has not run, and does nothing the second time [DEP-4]', async () => {
    expect(await migrate(options([grantSchema]))).toEqual(['GrantSchema1700000000000']);
    expect(await migrate(options([grantSchema, createNote]))).toEqual(['CreateNote1700000000001']);
    expect(await migrate(options([grantSchema, createNote]))).toEqual([]);
    const made = await asLogin(
      `select rolcanlogin, rolsuper, rolbypassrls, rolinherit from pg_roles where rolname in ('${roles.app}', '${roles.system}')`,
    );
    const none = { rolcanlogin: false, rolsuper: false, rolbypassrls: false, rolinherit: false };
    expect(made).toEqual([none, none]);
  });

  it('lets processes that migrate at once wait for each other [DEP-4]', async () => {
    const slow = defineMigration({
      name: 'Slow1700000000002',
      up: () => ['create table slow (n int)', 'select pg_sleep(0.2)'],
      down: () => ['drop table slow'],
    });
    const ran = await Promise.all([1, 2, 3].map(() => migrate(options([grantSchema, slow]))));
    expect(ran.flat()).toHaveLength(2);
  });

  it('makes shared roles from two databases at once [DEP-4]', async () => {
    const other = await cloneTestDatabase({ empty: true });
    try {
      const here = migrate(options([grantSchema]));
      const there = migrate(options([grantSchema], { owner: connection(other.ownerUrl) }));
      expect(await Promise.all([here, there])).toHaveLength(2);
    } finally {
      await other.drop();
    }
  });

  it('leaves nothing of a migration that fails, and keeps those before it [DEP-4]', async () => {
    const broken = defineMigration({ name: 'Broken1700000000003', up: () => [NOTE, 'select 1 / 0'], down: () => [] });
    await expect(migrate(options([grantSchema, broken]))).rejects.toThrow(/division by zero/);
    const [left] = await runOnce<{ table: string | null; ran: string }>(
      clone.administratorUrl,
      `select to_regclass('note') as table, (select count(*) from schema_migration) as ran`,
    );
    expect(left).toEqual({ table: null, ran: '1' });
  });

  it('refuses a role that row-level security does not bind, and leaves it as it is [TEN-5]', async () => {
    const asked = `select rolbypassrls from pg_roles where rolname = '${roles.app}'`;
    await runOnce(clone.administratorUrl, `create role ${roles.app} nologin bypassrls`);
    const attempt = migrate(options([grantSchema], { owner: connection(clone.administratorUrl) }));
    await expect(attempt).rejects.toThrow(/^DATABASE_APP_ROLE: .* BYPASSRLS/);
    expect(await asLogin(asked)).toEqual([{ rolbypassrls: true }]);
  });

  it('undoes every migration of the program and runs it again [DEP-4]', async () => {
    const all = options(allMigrations);
    await migrate(all);
    const schema = await describeSchema();
    await revert(all, allMigrations.length);
    const left = await runOnce(
      clone.administratorUrl,
      `select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v') and relname <> 'schema_migration'`,
    );
    expect(left).toEqual([]);
    await migrate(all);
    expect(await describeSchema()).toEqual(schema);
  });
});

describe('a login that migrates for itself', () => {
  it('is told the exact SQL where it may not make roles, and migrates after an administrator has run it [DEP-4]', async () => {
    const url = await newLogin('noinherit');
    const { username } = new URL(url);
    const mine = { owner: connection(url), login: username };
    const refusal = await migrate(options([grantSchema, createNote], mine)).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(MigrationNeedsAdministrator);
    const { script, message } = refusal as MigrationNeedsAdministrator;
    expect(script).toContain(`create role ${roles.app} nologin nosuperuser nobypassrls noinherit;`);
    expect(script).toContain(`grant usage, create on schema public to ${username};`);
    expect(message).toContain(script);
    await runOnce(clone.administratorUrl, script);
    expect(await migrate(options([grantSchema, createNote], mine))).toHaveLength(2);
    // It owns the table now, and forced row-level security binds it all the same.
    await expect(runOnce(url, `insert into note values (gen_random_uuid(), 'mine')`)).rejects.toThrow(/row-level/);
  });

  it('may become its roles and inherits neither, though it had INHERIT [TEN-5]', async () => {
    const url = await newLogin('inherit createrole');
    const { username } = new URL(url);
    await runOnce(clone.administratorUrl, `grant create on schema public to ${username}`);
    await migrate(options([grantSchema], { owner: connection(url), login: username }));
    const [login] = await runOnce<{ inherits: boolean; settable: boolean }>(
      url,
      `select pg_has_role('${roles.app}', 'usage') as inherits, pg_has_role('${roles.app}', 'member') as settable`,
    );
    expect(login).toEqual({ inherits: false, settable: true });
  });
});

describe('a table made by tenantTable', () => {
  it('shows the login nothing without SET ROLE, and the role nothing without a tenant [TEN-5]', async () => {
    await migrate(options([grantSchema, createNote]));
    const [mine, theirs] = ['00000000-0000-7000-8000-000000000001', '00000000-0000-7000-8000-000000000002'];
    await runOnce(clone.administratorUrl, `insert into note values ('${mine}', 'mine'), ('${theirs}', 'theirs')`);
    const read = 'select body from note';
    await expect(asLogin(read)).rejects.toThrow(/permission denied/);
    await expect(runOnce(clone.ownerUrl, read)).resolves.toEqual([]);
    expect(await readAs(roles.app, '')).toEqual([]);
    expect(await readAs(roles.app, mine)).toEqual(['mine']);
    expect(await readAs(roles.system, '')).toEqual(['mine', 'theirs']);
    await expect(readAs(roles.app, mine, `insert into note values ('${theirs}', 'x') returning body`)).rejects.toThrow(
      /row-level security/,
    );
  });
});

describe('warnOfPowerfulLogin', () => {
  it.each([
    ['a superuser', () => clone.administratorUrl, /superuser/],
    ['the plain login', () => clone.url, /^$/],
  ])('judges %s [TEN-5]', async (_name, url, expected) => {
    await migrate(options([grantSchema]));
    const warnings: string[] = [];
    const listening = pino({ level: 'warn', base: null }, { write: (line: string) => void warnings.push(line) });
    const dataSource = await createDataSource(connection(url())).initialize();
    await warnOfPowerfulLogin(dataSource, roles, listening);
    await dataSource.destroy();
    expect(warnings.join('')).toMatch(expected);
  });
});

describe('assertMigrated', () => {
  it('names what has not run and tells to migrate [DEP-4]', async () => {
    const dataSource = await createDataSource(connection(clone.url)).initialize();
    try {
      await expect(assertMigrated(dataSource, roles, [grantSchema])).rejects.toThrow(/GrantSchema.*\n.*ROLE=migrate/);
      await migrate(options([grantSchema]));
      await expect(assertMigrated(dataSource, roles, [grantSchema, createNote])).rejects.toThrow(/CreateNote/);
      await expect(assertMigrated(dataSource, roles, [grantSchema])).resolves.toBeUndefined();
      await expect(assertMigrated(dataSource, roles, [])).resolves.toBeUndefined();
    } finally {
      await dataSource.destroy();
    }
  });
});

async function readAs(role: string, tenant: string, sql = 'select body from note order by body'): Promise<string[]> {
  const dataSource = await createDataSource(connection(clone.url)).initialize();
  try {
    return await dataSource.transaction(async (manager) => {
      await manager.query(`set local role ${role}`);
      await manager.query(`select set_config('app.tenant_ids', $1, true)`, [tenant]);
      const rows: { body: string }[] = await manager.query(sql);
      return rows.map(({ body }) => body);
    });
  } finally {
    await dataSource.destroy();
  }
}

async function describeSchema(): Promise<object[]> {
  return runOnce(
    clone.administratorUrl,
    `select table_name, column_name, data_type, is_nullable, column_default
       from information_schema.columns where table_schema = 'public' order by 1, 2`,
  );
}
