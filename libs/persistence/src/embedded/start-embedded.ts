import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import type { Logger } from 'pino';
import { clientConfig } from '../client-config.js';
import { isUnreachable } from '../database.errors.js';
import { locateBinaries, reachableBinaries } from './binaries.js';
import { EmbeddedServer } from './embedded-server.js';
import { serverIdentity } from './identity.js';
import {
  type ClusterExtras,
  type ClusterParts,
  DATABASE,
  LOGIN,
  checkVersion,
  initialiseCluster,
  resetPasswords,
} from './initialise.js';
import { type LaunchPlan, type ServerSettings, commandLine, markOf } from './launch.js';
import { loadCredentials, prepareLayout, socketFolder, storeCredentials } from './layout.js';
import { discardForeignPidFile, launch, runningServer, isServer, shutDown } from './postmaster.js';
import { commandLineOf } from './process-table.js';

export interface EmbeddedOptions {
  /** The program's data folder; the database lives in `postgres` below it. */
  readonly dataDir: string;
  readonly logger: Logger;
}

/** What only tests change; no setting of the program leads here. */
export interface EmbeddedProfile extends ClusterExtras {
  readonly settings: ServerSettings;
}

const DURABLE: EmbeddedProfile = { initdb: [], statements: [], settings: {} };

/**
 * Starts the embedded PostgreSQL of a data folder, making it when the folder has none. A server that a killed
 * program left running is taken over. Throws a DatabaseStartError that names the remedy. Only one program may use a
 * folder at a time: the caller holds the lock of the folder.
 */
export async function startEmbedded(
  { dataDir, logger }: EmbeddedOptions,
  profile: EmbeddedProfile = DURABLE,
): Promise<EmbeddedServer> {
  const located = locateBinaries();
  const layout = prepareLayout(dataDir);
  const identity = serverIdentity(layout.cluster);
  const binaries = reachableBinaries(located, identity);
  const { credentials, isNew } = loadCredentials(layout);
  const parts: ClusterParts = { binaries, identity, layout, credentials };
  const isFirstStart = !existsSync(layout.cluster);
  if (isFirstStart) {
    if (isNew) storeCredentials(layout, credentials);
    initialiseCluster(parts, profile);
    logger.info({ folder: layout.cluster }, 'made the embedded database');
  }
  checkVersion(layout, binaries);
  const plan: LaunchPlan = {
    binaries,
    identity,
    layout,
    mark: markOf(layout.cluster),
    socketFolder: socketFolder(layout, identity),
    settings: profile.settings,
  };
  const adopted = isFirstStart ? undefined : await takeOver(plan, credentials.loginPassword, logger);
  if (adopted === undefined && isNew && !isFirstStart) {
    discardForeignPidFile(plan, logger);
    resetPasswords(parts);
    storeCredentials(layout, credentials);
  }
  const pid = adopted ?? (await launch(plan, logger));
  return new EmbeddedServer(plan, credentials, pid, logger);
}

/** How long a server that is starting or stopping is waited for. */
const PATIENCE_MS = 10_000;

/**
 * The pid of a server left running that can be used as it is: the same program with the same settings, which takes our
 * password. That spares a stop and a start. Any other one (of an older version, say) is shut down cleanly.
 */
async function takeOver(plan: LaunchPlan, password: string, logger: Logger): Promise<number | undefined> {
  const pid = runningServer(plan);
  if (pid === undefined) return undefined;
  if (commandLineOf(pid) === commandLine(plan).join(' ') && (await answers(pid, plan, password))) {
    logger.info({ serverPid: pid }, 'took over the embedded database that was left running');
    return pid;
  }
  logger.info({ serverPid: pid }, 'stopping the embedded database that was left running');
  await shutDown(pid, plan.mark, logger);
  return undefined;
}

async function answers(pid: number, plan: LaunchPlan, password: string): Promise<boolean> {
  const socket = { folder: plan.socketFolder, port: 5432, user: LOGIN, password, database: DATABASE };
  const giveUp = performance.now() + PATIENCE_MS;
  while (isServer(pid, plan.mark) && performance.now() < giveUp) {
    const client = new Client(clientConfig({ socket, poolSize: 1, applicationName: 'agent-village start' }));
    try {
      await client.connect();
      return true;
    } catch (error) {
      if (!isUnreachable(error)) return false;
      await sleep(100);
    } finally {
      await client.end().catch(() => undefined);
    }
  }
  return false;
}
