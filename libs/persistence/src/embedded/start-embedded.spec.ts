import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import pino from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { clientConfig } from '../client-config.js';
import type { EmbeddedServer } from './embedded-server.js';
import { commandLineOf } from './process-table.js';
import { readPostmasterFile } from './postmaster.js';
import { startEmbedded } from './start-embedded.js';

const logger = pino({ level: 'silent' });
const isRoot = process.getuid?.() === 0;

type Socket = EmbeddedServer['loginConnection'];

let made: string;
let folders: string[] = [];
let servers: EmbeddedServer[] = [];

function newFolder(parent = tmpdir()): string {
  const folder = mkdtempSync(join(parent, 'village-test-'));
  folders.push(folder);
  return folder;
}

/** A data folder with a database that was stopped: a copy, since making one takes a second. */
function usedFolder(): string {
  const folder = newFolder();
  // -a keeps the owner, who is not root.
  expect(spawnSync('cp', ['-a', join(made, 'postgres'), folder]).status).toBe(0);
  return folder;
}

async function start(dataDir: string): Promise<EmbeddedServer> {
  const server = await startEmbedded({ dataDir, logger });
  servers.push(server);
  return server;
}

async function query(socket: Socket, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client(clientConfig({ socket, poolSize: 1, applicationName: 'test' }));
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

function pidOf(dataDir: string): number {
  return readPostmasterFile(join(dataDir, 'postgres/data'))?.pid ?? 0;
}

async function waitFor(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 400 && !condition(); i++) await sleep(25);
  expect(condition()).toBe(true);
}

beforeAll(async () => {
  made = mkdtempSync(join(tmpdir(), 'village-test-'));
  await (await startEmbedded({ dataDir: made, logger })).stop();
});

afterAll(() => rmSync(made, { recursive: true, force: true }));

afterEach(async () => {
  for (const server of servers) await server.stop();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  servers = [];
  folders = [];
});

describe('startEmbedded', () => {
  it('makes a durable database, and keeps its data over a restart [DEP-1]', async () => {
    const dataDir = newFolder();
    const first = await start(dataDir);
    await query(first.ownerConnection, 'create table kept (n int); insert into kept values (7)');
    const [settings] = await query(
      first.loginConnection,
      `select current_setting('fsync') fsync, current_setting('listen_addresses') addresses,
        current_setting('server_encoding') encoding, current_setting('data_checksums') checksums`,
    );
    expect(settings).toEqual({ fsync: 'on', addresses: '', encoding: 'UTF8', checksums: 'on' });
    await first.stop();
    expect(existsSync(first.ownerConnection.folder)).toBe(false);
    const second = await start(dataDir);
    expect(await query(second.ownerConnection, 'select n from kept')).toEqual([{ n: 7 }]);
  });

  it('gives nobody a password of the superuser, and the login no right [TEN-5]', async () => {
    const server = await start(usedFolder());
    await expect(query(server.connectionOf('postgres', ''), 'select 1')).rejects.toThrow(/password/);
    await expect(query({ ...server.loginConnection, password: 'wrong' }, 'select 1')).rejects.toThrow(/authentication/);
    const [login] = await query(
      server.loginConnection,
      'select rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolbypassrls from pg_roles where rolname = current_user',
    );
    expect(Object.values(login ?? {})).toEqual([false, false, false, false, false]);
    await expect(query(server.loginConnection, 'create table mine (n int)')).rejects.toThrow(/permission denied/);
    expect(statSync(server.loginConnection.folder).mode & 0o777).toBe(0o700);
  });

  it.runIf(isRoot)('runs in a closed folder of root and leaves it closed [DEP-1]', async () => {
    const parent = newFolder('/root');
    const dataDir = join(parent, 'data');
    mkdirSync(dataDir, { mode: 0o700 });
    const server = await start(dataDir);
    expect(await query(server.loginConnection, 'select 1 as one')).toEqual([{ one: 1 }]);
    for (const folder of [parent, dataDir, join(dataDir, 'postgres')]) {
      expect([statSync(folder).uid, statSync(folder).mode & 0o777]).toEqual([0, 0o700]);
    }
    expect(statSync(join(dataDir, 'postgres/credentials.json')).mode & 0o777).toBe(0o600);
    const status = readFileSync(`/proc/${pidOf(dataDir)}/status`, 'utf8');
    expect(status).not.toMatch(/^Uid:\t0\t/m);
  });

  it('does not take a half-made cluster for a database [DEP-1]', async () => {
    const dataDir = newFolder();
    mkdirSync(join(dataDir, 'postgres/data.new-killed/base'), { recursive: true });
    const server = await start(dataDir);
    expect(await query(server.loginConnection, 'select 1 as one')).toEqual([{ one: 1 }]);
    expect(readdirSync(join(dataDir, 'postgres')).filter((name) => name.startsWith('data'))).toEqual(['data']);
  });

  it('sets new passwords when the file that holds them is lost [DEP-1]', async () => {
    const dataDir = usedFolder();
    const file = join(dataDir, 'postgres/credentials.json');
    const before = readFileSync(file, 'utf8');
    writeFileSync(file, '{');
    const server = await start(dataDir);
    expect(readFileSync(file, 'utf8')).not.toBe(before);
    expect(await query(server.loginConnection, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('starts beside a pid file that names a foreign process, which it leaves alone [DEP-1]', async () => {
    const dataDir = usedFolder();
    const stranger = spawn('sleep', ['60']);
    try {
      writeFileSync(
        join(dataDir, 'postgres/data/postmaster.pid'),
        `${stranger.pid}\n${dataDir}\n1763600000\n5432\n/tmp\n\n 1 2\nready\n`,
      );
      const server = await start(dataDir);
      expect(await query(server.loginConnection, 'select 1 as one')).toEqual([{ one: 1 }]);
      expect([stranger.exitCode, stranger.signalCode]).toEqual([null, null]);
    } finally {
      stranger.kill('SIGKILL');
    }
  });

  it('starts again after the server itself was killed, with the stale files that this leaves [DEP-1]', async () => {
    const dataDir = usedFolder();
    const first = await start(dataDir);
    const pid = pidOf(dataDir);
    await query(first.ownerConnection, 'create table kept (n int); insert into kept values (7)');
    process.kill(pid, 'SIGKILL');
    // The watch of the running program sees it and starts the server again.
    await waitFor(() => pidOf(dataDir) !== pid && readPostmasterFile(join(dataDir, 'postgres/data'))?.ready === true);
    expect(await query(first.ownerConnection, 'select n from kept')).toEqual([{ n: 7 }]);
  });
});

describe('a server that a killed program left running', () => {
  it('is taken over, and stopped in the end [DEP-1]', async () => {
    const dataDir = usedFolder();
    const pid = await orphan(dataDir);
    const server = await start(dataDir);
    expect(pidOf(dataDir)).toBe(pid);
    expect(await query(server.loginConnection, 'select 1 as one')).toEqual([{ one: 1 }]);
    await server.stop();
    expect(commandLineOf(pid)).toBeUndefined();
  });

  it('is stopped cleanly and replaced where it was started with other settings [DEP-1]', async () => {
    const dataDir = usedFolder();
    const pid = await orphan(dataDir);
    const server = await startEmbedded(
      { dataDir, logger },
      { initdb: [], statements: [], settings: { max_connections: '50' } },
    );
    servers.push(server);
    expect(pidOf(dataDir)).not.toBe(pid);
    expect(commandLineOf(pid)).toBeUndefined();
    expect(readFileSync(join(dataDir, 'postgres/server.log'), 'utf8')).toContain('database system is shut down');
  });

  it('is replaced where its socket folder is gone [DEP-1]', async () => {
    const dataDir = usedFolder();
    const pid = await orphan(dataDir);
    const folder = readFileSync(join(dataDir, 'postgres/socket-folder'), 'utf8').trim();
    rmSync(folder, { recursive: true });
    const server = await start(dataDir);
    expect(pidOf(dataDir)).not.toBe(pid);
    expect(await query(server.loginConnection, 'select 1 as one')).toEqual([{ one: 1 }]);
  });
});

/** The pid of a server whose program was killed. */
async function orphan(dataDir: string): Promise<number> {
  const program = startProgram(dataDir);
  await new Promise<void>((resolve, reject) => {
    program.stdout?.once('data', () => resolve());
    program.once('exit', (code) => reject(new Error(`the program ended with ${code}`)));
  });
  program.removeAllListeners('exit');
  program.kill('SIGKILL');
  await new Promise((resolve) => program.once('exit', resolve));
  const pid = pidOf(dataDir);
  expect(commandLineOf(pid)).toContain('agent_village.cluster=');
  return pid;
}

/** A program of its own that starts the server, says so, and waits to be killed. Vite runs the sources. */
function startProgram(dataDir: string): ChildProcess {
  const script = `
    import pino from 'pino';
    import { runnerImport } from 'vite';
    const environments = { inline: { resolve: { conditions: ['development'] } } };
    const { module } = await runnerImport(process.argv[1], { configFile: false, environments });
    await module.startEmbedded({ dataDir: process.argv[2], logger: pino({ level: 'silent' }) });
    process.stdout.write('ready');
    setInterval(() => undefined, 1000);`;
  const source = join(import.meta.dirname, 'start-embedded.ts');
  return spawn(process.execPath, ['--input-type=module', '-e', script, source, dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd: import.meta.dirname,
  });
}
