import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { DatabaseStartError } from '../database-start.error.js';
import { type LaunchPlan, childOptions, commandLine } from './launch.js';
import { clearSockets } from './layout.js';
import { commandLineOf } from './process-table.js';
import { boundLog, logEnd, logSince } from './server-log.js';

const POLL_MS = 20;
/** How long a lock of a server that is just going away is waited for. */
const LOCK_PATIENCE_MS = 10_000;
/** How long recovery after a crash may take. */
const START_PATIENCE_MS = 300_000;
const FAST_SHUTDOWN_MS = 15_000;
const IMMEDIATE_SHUTDOWN_MS = 5_000;

// Said by a server that finds another one, or the remains of one whose processes are just ending.
const LOCKED = /lock file ".*" already exists|pre-existing shared memory block|Address already in use/;

/** What `postmaster.pid` says: its process, and whether that one accepts connections. */
export interface PostmasterRecord {
  readonly pid: number;
  readonly ready: boolean;
}

export function readPostmasterFile(cluster: string): PostmasterRecord | undefined {
  try {
    const lines = readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n');
    return { pid: Number(lines[0]), ready: lines[7]?.trim() === 'ready' };
  } catch {
    return undefined;
  }
}

/** Whether this process is the server with this mark: by its command line, so that a reused pid is not taken for it. */
export function isServer(pid: number, mark: string): boolean {
  return commandLineOf(pid)?.split(' ').includes(mark) ?? false;
}

/** The pid of the server that runs on the data directory, if one does. */
export function runningServer({ layout, mark }: LaunchPlan): number | undefined {
  const record = readPostmasterFile(layout.cluster);
  return record && isServer(record.pid, mark) ? record.pid : undefined;
}

/**
 * Removes a pid file that names a live process which is not a server of this directory. PostgreSQL would take it for
 * one; it sees for itself through a file whose process is dead.
 */
export function discardForeignPidFile({ layout, mark }: LaunchPlan, logger: Logger): void {
  const record = readPostmasterFile(layout.cluster);
  if (!record || commandLineOf(record.pid) === undefined || isServer(record.pid, mark)) return;
  logger.info({ foreignPid: record.pid }, 'the pid file of the embedded database names another process; it is removed');
  rmSync(join(layout.cluster, 'postmaster.pid'), { force: true });
}

/** Starts the server and waits until it accepts connections. Gives its pid. */
export async function launch(plan: LaunchPlan, logger: Logger): Promise<number> {
  const giveUp = performance.now() + LOCK_PATIENCE_MS;
  for (;;) {
    discardForeignPidFile(plan, logger);
    const offset = logEnd(plan.layout.log);
    const child = spawnServer(plan);
    if (await becomesReady(child, plan)) return child.pid ?? 0;
    const said = logSince(plan.layout.log, offset);
    if (!LOCKED.test(said) || performance.now() > giveUp) throw startFailed(plan, said);
    await sleep(250);
  }
}

/** Ends the server: fast shutdown, and if that takes too long an immediate one, which loses nothing that was committed. */
export async function shutDown(pid: number, mark: string, logger: Logger): Promise<void> {
  if (await signalAndWait(pid, mark, 'SIGINT', FAST_SHUTDOWN_MS)) return;
  logger.warn(
    { serverPid: pid },
    'the embedded database did not shut down in time; it is stopped at once and will recover at its next start',
  );
  if (await signalAndWait(pid, mark, 'SIGQUIT', IMMEDIATE_SHUTDOWN_MS)) return;
  logger.error({ serverPid: pid }, 'the embedded database still runs');
}

function spawnServer(plan: LaunchPlan): ChildProcess {
  boundLog(plan.layout.log);
  clearSockets(plan.socketFolder);
  const [program, ...args] = commandLine(plan);
  const log = openSync(plan.layout.log, 'a', 0o600);
  try {
    // A session of its own: Ctrl-C in a terminal reaches our process group, and would be a fast shutdown of the server.
    const child = spawn(program, args, {
      ...childOptions(plan.layout.cluster, plan.identity),
      detached: true,
      stdio: ['ignore', log, log],
    });
    // A failure to start at all shows as a process without a pid.
    child.on('error', () => undefined);
    child.unref();
    return child;
  } finally {
    closeSync(log);
  }
}

/** Resolves with true when the server accepts connections, with false when it ended before. */
async function becomesReady(child: ChildProcess, plan: LaunchPlan): Promise<boolean> {
  const giveUp = performance.now() + START_PATIENCE_MS;
  while (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
    const record = readPostmasterFile(plan.layout.cluster);
    if (record?.pid === child.pid && record.ready) return true;
    if (performance.now() > giveUp) {
      throw new DatabaseStartError(
        'The embedded database does not become ready; it may still be recovering.',
        `See ${plan.layout.log}, and start again.`,
      );
    }
    await sleep(POLL_MS);
  }
  return false;
}

async function signalAndWait(pid: number, mark: string, signal: NodeJS.Signals, patience: number): Promise<boolean> {
  if (!isServer(pid, mark)) return true;
  try {
    process.kill(pid, signal);
  } catch {
    return true; // gone since the line above
  }
  const giveUp = performance.now() + patience;
  while (performance.now() < giveUp) {
    if (!isServer(pid, mark)) return true;
    await sleep(POLL_MS);
  }
  return false;
}

function startFailed(plan: LaunchPlan, said: string): DatabaseStartError {
  return new DatabaseStartError(
    `The embedded database did not start: ${said || 'it said nothing'}`,
    `Correct what the message names (the whole log is ${plan.layout.log}), or set DATABASE_URL.`,
  );
}
