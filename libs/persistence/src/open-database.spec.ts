import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { describe, expect, it } from 'vitest';
import { cloneTestDatabase, testServer } from '#libs/testing';
import { migrations } from '../../../migrations/index.js';
import type { Database } from './database.js';
import { DatabaseSettingError } from './database-start.error.js';
import { type OpenDatabaseOptions, openDatabase } from './open-database.js';
import { waitForServer } from './wait-for-server.js';

const logger = pino({ level: 'silent' });

function options(changes: Partial<OpenDatabaseOptions>): OpenDatabaseOptions {
  return {
    dataDir: '/nonexistent',
    poolSize: 3,
    applicationName: 'test',
    roles: { app: 'av_app', system: 'av_system' },
    migrate: true,
    entities: [],
    migrations,
    logger,
    ...changes,
  };
}

async function countMigrations(database: Database): Promise<number> {
  return (await database.system.once('select name from schema_migration')).length;
}

describe('openDatabase', () => {
  it('starts, migrates and stops the embedded database, and opens it again [DEP-1]', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'village-test-'));
    try {
      const first = await openDatabase(options({ dataDir }));
      expect(first.isEmbedded).toBe(true);
      expect(await countMigrations(first)).toBe(migrations.length);
      await first.close();
      const second = await openDatabase(options({ dataDir, migrate: false }));
      expect(await countMigrations(second)).toBe(migrations.length);
      await second.close();
    } finally {
      rmSync(dataDir, { recursive: true, force: true });
    }
  });

  it('stops the embedded server where the start fails after it [DEP-1]', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'village-test-'));
    try {
      await expect(openDatabase(options({ dataDir, migrate: false }))).rejects.toThrow(/ROLE=migrate/);
      const database = await openDatabase(options({ dataDir }));
      await database.close();
    } finally {
      rmSync(dataDir, { recursive: true, force: true });
    }
  });

  it('migrates a named database as its owner and works as its login [DEP-4]', async () => {
    const clone = await cloneTestDatabase({ empty: true });
    const { roles } = testServer();
    const database = await openDatabase(options({ url: clone.url, migrationUrl: clone.ownerUrl, roles }));
    try {
      expect(await countMigrations(database)).toBe(migrations.length);
      const [me] = await database.dataSource.query<{ owned: string }[]>(
        'select count(*) as owned from pg_tables where tableowner = current_user',
      );
      expect(me).toEqual({ owned: '0' });
    } finally {
      await database.close();
      await clone.drop();
    }
  });

  it.each([
    ['of another name', { app: 'pg_monitor' }, /^DATABASE_APP_ROLE: .*not made for the role pg_monitor/],
    ['of another name', { system: 'pg_monitor' }, /^DATABASE_SYSTEM_ROLE: .*not made for the role pg_monitor/],
    ['exchanged', { app: 'av_system', system: 'av_app' }, /^DATABASE_APP_ROLE: .*not made for the role av_system/],
    ['one and the same', { app: 'av_system' }, /^DATABASE_APP_ROLE and DATABASE_SYSTEM_ROLE both name av_system/],
    ['a superuser', { system: 'postgres' }, /^DATABASE_SYSTEM_ROLE: the role postgres exists, and is a superuser/],
  ])('refuses roles that are %s, for %o [TEN-5]', async (_what, changes, message) => {
    const clone = await cloneTestDatabase();
    try {
      const roles = { ...testServer().roles, ...changes };
      const attempt = openDatabase(options({ url: clone.url, migrate: false, migrations: [], roles }));
      await expect(attempt).rejects.toThrow(message);
      await expect(attempt).rejects.toThrow(DatabaseSettingError);
    } finally {
      await clone.drop();
    }
  });

  it('refuses a role that is its own login [TEN-5]', async () => {
    const clone = await cloneTestDatabase();
    try {
      const roles = { ...testServer().roles, app: new URL(clone.url).username };
      const attempt = openDatabase(options({ url: clone.url, migrate: false, roles }));
      await expect(attempt).rejects.toThrow(/^DATABASE_APP_ROLE and DATABASE_URL both name/);
    } finally {
      await clone.drop();
    }
  });

  it('says that the password is wrong, without showing it', async () => {
    const clone = await cloneTestDatabase();
    const url = new URL(clone.url);
    url.password = 'not-the-one';
    const failure: unknown = await openDatabase(options({ url: url.href })).catch((error: unknown) => error);
    expect(String(failure)).toMatch(/DATABASE_URL: cannot connect to .*\n.*password is wrong/s);
    expect(String(failure)).not.toContain('not-the-one');
    await clone.drop();
  });
});

describe('waitForServer', () => {
  const patience = { total: 600, between: 50 };

  it('gives up on a server that does not come, and names the variable', async () => {
    const port = await freePort();
    const connection = { url: `postgres://a:secret@127.0.0.1:${port}/village`, poolSize: 1, applicationName: 'test' };
    const failure: unknown = await waitForServer(connection, 'DATABASE_URL', { logger, patience }).catch(
      (error: unknown) => error,
    );
    expect(String(failure)).toContain(
      `DATABASE_URL: cannot connect to 127.0.0.1:${port}/village: connect ECONNREFUSED`,
    );
    expect(String(failure)).not.toContain('secret');
  });

  it('stops waiting when it is told to', async () => {
    const port = await freePort();
    const connection = { url: `postgres://a:secret@127.0.0.1:${port}/village`, poolSize: 1, applicationName: 'test' };
    const wait = waitForServer(connection, 'DATABASE_URL', { logger, signal: AbortSignal.timeout(100) });
    await expect(wait).rejects.toMatchObject({ name: expect.stringMatching(/^(Abort|Timeout)Error$/) });
  });

  it('gives the name of the login', async () => {
    const clone = await cloneTestDatabase();
    const connection = { url: clone.url, poolSize: 1, applicationName: 'test' };
    expect(await waitForServer(connection, 'DATABASE_URL', { logger })).toBe(new URL(clone.url).username);
    await clone.drop();
  });
});

/** A port of the loopback on which nothing listens any more. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}
