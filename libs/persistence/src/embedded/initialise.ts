import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseStartError } from '../database-start.error.js';
import type { Binaries } from './binaries.js';
import type { ServerIdentity } from './identity.js';
import { childOptions, clusterArgument } from './launch.js';
import type { Credentials, Layout } from './layout.js';

export const DATABASE = 'agent_village';
export const OWNER = 'av_owner';
export const LOGIN = 'av_login';

export interface ClusterParts {
  readonly binaries: Binaries;
  readonly identity: ServerIdentity | undefined;
  readonly layout: Layout;
  readonly credentials: Credentials;
}

/** What tests change about a new cluster: arguments for initdb, and statements run by the superuser at the end. */
export interface ClusterExtras {
  readonly initdb: readonly string[];
  readonly statements: readonly string[];
}

/**
 * Makes the cluster aside and renames it when it is complete, so that an interrupted first start leaves nothing that
 * looks like a database. Its superuser gets no password and can therefore never log in: what needs it (the owner,
 * the login, the database) is done here, in single-user mode, where there is no authentication.
 */
export function initialiseCluster(parts: ClusterParts, extras: ClusterExtras): void {
  const { binaries, identity, layout, credentials } = parts;
  removeUnfinished(layout.folder);
  const staging = mkdtempSync(join(layout.folder, UNFINISHED));
  if (identity) chownSync(staging, identity.uid, identity.gid);
  const initdb = spawnSync(
    binaries.initdb,
    [...initdbArguments(clusterArgument(staging, identity)), ...extras.initdb],
    { ...childOptions(staging, identity), encoding: 'utf8' },
  );
  requireSuccess(initdb, 'initdb could not make the embedded database');
  runSingleUser(binaries, identity, staging, [
    `create role ${OWNER} login createrole password '${credentials.ownerPassword}'`,
    `create role ${LOGIN} login noinherit password '${credentials.loginPassword}'`,
    `create database ${DATABASE} owner ${OWNER}`,
    ...extras.statements,
  ]);
  renameSync(staging, layout.cluster);
}

// An initdb that outlived a killed start may still write into its own: each start has one that nobody else uses.
const UNFINISHED = 'data.new-';

function removeUnfinished(folder: string): void {
  for (const name of readdirSync(folder).filter((entry) => entry.startsWith(UNFINISHED))) {
    try {
      rmSync(join(folder, name), { recursive: true, force: true });
    } catch {
      // Somebody still writes into it; a later first start tries again, and until then it only takes room.
    }
  }
}

/** Tells an existing cluster (whose server is stopped) new passwords, after the file that holds them was lost. */
export function resetPasswords({ binaries, identity, layout, credentials }: ClusterParts): void {
  runSingleUser(binaries, identity, layout.cluster, [
    `alter role ${OWNER} password '${credentials.ownerPassword}'`,
    `alter role ${LOGIN} password '${credentials.loginPassword}'`,
  ]);
}

/** Refuses a cluster of another major version: its files mean something else. */
export function checkVersion(layout: Layout, binaries: Binaries): void {
  const file = join(layout.cluster, 'PG_VERSION');
  const found = existsSync(file) ? readFileSync(file, 'utf8').trim() : 'an unknown version';
  const wanted = binaries.version.split('.')[0];
  if (found === wanted) return;
  throw new DatabaseStartError(
    `The database in ${layout.cluster} was made by PostgreSQL ${found}; this version of the program brings ${wanted}.`,
    'Start the version that made it, dump the database there, and restore it into an empty DATA_DIR.',
  );
}

function initdbArguments(directory: string): string[] {
  return [
    '-D',
    directory,
    '--username=postgres',
    '--encoding=UTF8',
    // Collation by bytes: indexes stay right when the C library is updated. Upper and lower case by Unicode.
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--auth-local=scram-sha-256',
    '--auth-host=reject',
    '--set=timezone=UTC',
    '--set=log_timezone=UTC',
  ];
}

function runSingleUser(
  binaries: Binaries,
  identity: ServerIdentity | undefined,
  cluster: string,
  statements: readonly string[],
): void {
  const directory = clusterArgument(cluster, identity);
  const result = spawnSync(
    binaries.postgres,
    // -j: statements end with a semicolon and an empty line. Without exit_on_error a failed one would pass unseen.
    ['--single', '-j', '-D', directory, '-c', 'exit_on_error=on', '-c', 'log_min_error_statement=panic', 'postgres'],
    {
      ...childOptions(cluster, identity),
      encoding: 'utf8',
      input: statements.map((statement) => `${statement};\n\n`).join(''),
    },
  );
  requireSuccess(result, 'The roles of the embedded database could not be set up');
}

function requireSuccess(result: SpawnSyncReturns<string>, problem: string): void {
  if (result.status === 0) return;
  const said = result.error?.message ?? (result.stderr.trim() || `it ended with ${result.status ?? result.signal}`);
  throw new DatabaseStartError(
    `${problem}: ${said}`,
    'Correct what the message names (after npm ci --ignore-scripts: run npm ci), or set DATABASE_URL.',
    result.error,
  );
}
