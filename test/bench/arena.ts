import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import type { EmbeddedServer } from '#libs/persistence';
import type { Built } from './built.js';

/** A database for one contender, empty of everything. */
export interface Place {
  /** As the program's login, which row-level security binds. */
  readonly url: string;
  /** As the owner of the tables. */
  readonly ownerUrl: string;
  readonly administratorUrl: string;
  readonly dataDir: string;
  /** Id of the server's first process. */
  readonly serverPid: number;
}

/** A PostgreSQL of the benchmark's own, as durable as in production. */
export interface Arena extends AsyncDisposable {
  /** Makes the database of that name. */
  place(name: string): Promise<Place>;
  /** Makes an empty folder, which goes with the arena. */
  folder(name: string): Promise<string>;
}

/** Starts the embedded server in a temporary folder; `settings` are the server's, by their names. */
export async function openArena(
  { persistence, context }: Built,
  settings: Readonly<Record<string, string>> = {},
): Promise<Arena> {
  const folder = await mkdtemp(join(tmpdir(), 'village-bench-'));
  const password = randomBytes(12).toString('hex');
  const server = await persistence.startEmbedded(
    { dataDir: folder, logger: context.createLogger('warn') },
    { initdb: [], settings, statements: [`alter role postgres password '${password}'`] },
  );
  const serverPid = Number((await readFile(join(folder, 'postgres/data/postmaster.pid'), 'utf8')).split('\n')[0]);
  const close = async (): Promise<void> => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  };
  const stop = (): void => void close().finally(() => process.exit(1));
  for (const signal of SIGNALS) process.once(signal, stop);
  const folderOf = async (name: string): Promise<string> => {
    await mkdir(join(folder, name));
    return join(folder, name);
  };
  return {
    folder: folderOf,
    place: async (name) => {
      const dataDir = await folderOf(name);
      await ask(urlOf(server.connectionOf('postgres', password), 'postgres'), `create database ${name} owner av_owner`);
      return {
        url: urlOf(server.loginConnection, name),
        ownerUrl: urlOf(server.ownerConnection, name),
        administratorUrl: urlOf(server.connectionOf('postgres', password), name),
        dataDir,
        serverPid,
      };
    },
    [Symbol.asyncDispose]: async () => {
      for (const signal of SIGNALS) process.off(signal, stop);
      await close();
    },
  };
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** One statement on a connection of its own. */
export async function ask<Row extends object>(
  url: string,
  sql: string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(sql, [...values])).rows;
  } finally {
    await client.end();
  }
}

function urlOf({ user, password, folder, port }: EmbeddedServer['loginConnection'], database: string): string {
  return `postgres://${user}:${password}@${encodeURIComponent(folder)}:${port}/${database}`;
}
