import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { type EmbeddedServer, MigrationNeedsAdministrator, migrate, startEmbedded } from '#libs/persistence';
import { migrations } from '../../../migrations/index.js';
import { type TestServer, onDatabase, runOnce } from './test-server.js';

export interface RunningTestServer {
  readonly server: TestServer;
  stop(): Promise<void>;
}

const PREFIX = 'village-tests-';
const logger = pino({ level: 'silent' });

/** It may lose what it holds: nobody wants it after the run. */
const VOLATILE = { fsync: 'off', full_page_writes: 'off', max_wal_size: '256MB' };

/** Starts an embedded server in a temporary folder. */
export async function startOwnServer(): Promise<RunningTestServer> {
  await removeLeftovers();
  const folder = mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`));
  const password = randomBytes(12).toString('hex');
  const embedded = await startEmbedded(
    { dataDir: folder, logger },
    { initdb: ['--no-sync'], statements: [`alter role postgres password '${password}'`], settings: VOLATILE },
  );
  const server = await prepare({
    administratorUrl: urlOf(embedded.connectionOf('postgres', password)),
    ownerUrl: urlOf(embedded.ownerConnection),
    loginUrl: urlOf(embedded.loginConnection),
  });
  return {
    server,
    stop: async () => {
      await embedded.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Uses a server that runs already, by the URL of an administrator. What is made there is removed at the end. */
export async function useServer(administratorUrl: string): Promise<RunningTestServer> {
  const suffix = randomBytes(4).toString('hex');
  const password = randomBytes(12).toString('hex');
  const [owner, login] = [`av_test_owner_${suffix}`, `av_test_login_${suffix}`];
  await runOnce(administratorUrl, `create role ${owner} login createrole password '${password}'`);
  await runOnce(administratorUrl, `create role ${login} login noinherit password '${password}'`);
  const server = await prepare({
    administratorUrl,
    ownerUrl: as(administratorUrl, owner, password),
    loginUrl: as(administratorUrl, login, password),
  });
  return {
    server,
    stop: async () => {
      await runOnce(administratorUrl, `drop database ${server.template} with (force)`);
      // The login first: in PostgreSQL 16 and later its memberships were granted by the owner.
      await runOnce(administratorUrl, `drop role ${login}`);
      await runOnce(administratorUrl, `drop role ${owner}`);
    },
  };
}

/** Ends the server of a test run that was killed, and removes its folder, whose name says which process made it. */
async function removeLeftovers(): Promise<void> {
  for (const name of readdirSync(tmpdir()).filter((entry) => entry.startsWith(PREFIX))) {
    if (isAlive(Number(name.slice(PREFIX.length).split('-')[0]))) continue;
    const folder = join(tmpdir(), name);
    try {
      if (existsSync(join(folder, 'postgres/data'))) {
        const left = await startEmbedded(
          { dataDir: folder, logger },
          { initdb: [], statements: [], settings: VOLATILE },
        );
        await left.stop();
      }
      rmSync(folder, { recursive: true, force: true });
    } catch {
      // Another user's, or another run removes it just now.
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code !== 'ESRCH';
  }
}

type Urls = Pick<TestServer, 'administratorUrl' | 'ownerUrl' | 'loginUrl'>;

async function prepare(urls: Urls): Promise<TestServer> {
  const template = `av_template_${randomBytes(4).toString('hex')}`;
  const owner = new URL(urls.ownerUrl).username;
  const like = `template template0 encoding 'UTF8' lc_collate 'C' lc_ctype 'C.UTF-8'`;
  await runOnce(urls.administratorUrl, `create database ${template} owner ${owner} ${like}`);
  const server: TestServer = { ...urls, template, roles: { app: 'av_app', system: 'av_system' } };
  await migrateTemplate(server);
  return server;
}

/** Does what a person would do where the roles of an earlier run belong to somebody else. */
async function migrateTemplate(server: TestServer): Promise<void> {
  const options = {
    owner: { url: onDatabase(server.ownerUrl, server.template), poolSize: 1, applicationName: 'template' },
    login: new URL(server.loginUrl).username,
    roles: server.roles,
    migrations,
    logger,
  };
  try {
    await migrate(options);
  } catch (error) {
    if (!(error instanceof MigrationNeedsAdministrator)) throw error;
    await runOnce(onDatabase(server.administratorUrl, server.template), error.script);
    await migrate(options);
  }
}

function as(url: string, user: string, password: string): string {
  const changed = new URL(url);
  changed.username = user;
  changed.password = password;
  return changed.href;
}

function urlOf({ user, password, folder, port, database }: EmbeddedServer['loginConnection']): string {
  return `postgres://${user}:${password}@${encodeURIComponent(folder)}:${port}/${database}`;
}
