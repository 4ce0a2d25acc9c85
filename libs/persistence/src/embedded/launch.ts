import { statSync } from 'node:fs';
import type { Binaries } from './binaries.js';
import { ENVIRONMENT } from './environment.js';
import type { ServerIdentity } from './identity.js';
import type { Layout } from './layout.js';

/** Settings of the server beside PostgreSQL's own defaults. */
export type ServerSettings = Readonly<Record<string, string>>;

const COMMON: ServerSettings = {
  listen_addresses: '',
  unix_socket_permissions: '0700',
  // Above the largest DATABASE_POOL_SIZE, with room for the listener, migrations and a person's psql.
  max_connections: '230',
  // The program logs failed statements itself; here they would put users' data into a file.
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
  log_checkpoints: 'off',
};

/** Everything that is needed to start the server, or to recognise the one that we started. */
export interface LaunchPlan {
  readonly binaries: Binaries;
  readonly identity: ServerIdentity | undefined;
  readonly layout: Layout;
  /** See `markOf`. Kept, so that the server is still known when its folder is gone. */
  readonly mark: string;
  readonly socketFolder: string;
  readonly settings: ServerSettings;
}

/**
 * The name of the data directory for its server. Run by root, the server's user cannot walk down to it through
 * closed parents; but it can stay in a working directory that root has put it into.
 */
export function clusterArgument(cluster: string, identity: ServerIdentity | undefined): string {
  return identity ? '/proc/self/cwd' : cluster;
}

/** Options of a child process that runs as the server's user within the data directory. */
export function childOptions(
  cluster: string,
  identity: ServerIdentity | undefined,
): {
  cwd: string;
  env: Record<string, string>;
  uid?: number;
  gid?: number;
} {
  return { cwd: cluster, env: ENVIRONMENT, ...(identity ? { uid: identity.uid, gid: identity.gid } : {}) };
}

/**
 * Marks the server's command line with the data directory that it serves. A process is ours only with this mark:
 * device and inode name a directory for certain, also after it was moved, and tell it from a copy.
 */
export function markOf(cluster: string): string {
  const { dev, ino } = statSync(cluster, { bigint: true });
  return `agent_village.cluster=${dev}-${ino}`;
}

/** The whole command line. A running server with another one was started by another version of this program. */
export function commandLine(plan: LaunchPlan): readonly [string, ...string[]] {
  const { binaries, identity, layout } = plan;
  const settings = {
    ...COMMON,
    unix_socket_directories: plan.socketFolder,
    cluster_name: `agent_village_${binaries.version}`,
    ...plan.settings,
  };
  return [
    binaries.postgres,
    '-D',
    clusterArgument(layout.cluster, identity),
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    '-c',
    plan.mark,
  ];
}
