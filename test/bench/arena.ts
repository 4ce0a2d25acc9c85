import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
}

/** A PostgreSQL of the benchmark's own, as durable as in production. */
export interface Arena extends AsyncDisposable {
  place(name: string): Place;
}

/** Starts the embedded server in a temporary folder, with a database for each name. */
export async function openArena({ persistence, context }: Built, names: readonly string[]): Promise<Arena> {
  const folder = await mkdtemp(join(tmpdir(), 'village-bench-'));
  const password = randomBytes(12).toString('hex');
  const server = await persistence.startEmbedded(
    { dataDir: folder, logger: context.createLogger('warn') },
    {
      initdb: [],
      settings: {},
      statements: [
        `alter role postgres password '${password}'`,
        ...names.map((name) => `create database bench_${name} owner av_owner`),
      ],
    },
  );
  for (const name of names) await mkdir(join(folder, name));
  const close = async (): Promise<void> => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void close().finally(() => process.exit(1)));
  }
  return {
    place: (name) => ({
      url: urlOf(server.loginConnection, name),
      ownerUrl: urlOf(server.ownerConnection, name),
      administratorUrl: urlOf(server.connectionOf('postgres', password), name),
      dataDir: join(folder, name),
    }),
    [Symbol.asyncDispose]: close,
  };
}

function urlOf({ user, password, folder, port }: EmbeddedServer['loginConnection'], name: string): string {
  return `postgres://${user}:${password}@${encodeURIComponent(folder)}:${port}/bench_${name}`;
}
