import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from '../cli/api.ts';
import { NoConnection, isReady, readFirstRun } from '../cli/server.ts';

const START = join(import.meta.dirname, '../start.mjs');
/** A first start on a slow machine builds, makes a database and migrates it. */
const START_LIMIT_MS = 120_000;
/** What the program is told by its environment would otherwise be somebody's settings: another database, for instance. */
const KEPT = /^(PATH|HOME|USER|LOGNAME|SHELL|LANG|LC_\w+|TZ|TMPDIR|XDG_\w+)$/;

export interface OwnServer extends Connection {
  /** Stops it and removes all that it has stored. */
  stop(): Promise<void>;
}

/** Starts the program on a free port with a data folder of its own. Throws NoConnection, with nothing left behind. */
export async function startOwnServer(signal: AbortSignal): Promise<OwnServer> {
  const folder = await mkdtemp(join(tmpdir(), 'agent-village-demo-'));
  const dataDir = join(folder, 'data');
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => KEPT.test(name)));
  const child = spawn(process.execPath, [START], {
    // In a folder without a file `.env`.
    cwd: folder,
    env: { ...env, DATA_DIR: dataDir, PORT: '0', LOG_LEVEL: 'warn' },
    stdio: ['ignore', 'pipe', 'pipe'],
    // Ctrl-C is for the demo, which ends the server when it has said what becomes of the goals.
    detached: true,
  });
  const output = lastWords(child);
  // Also when the demo has to end at once.
  const endToo = (): void => void child.kill('SIGTERM');
  process.once('exit', endToo);
  const stop = async (): Promise<void> => {
    await end(child);
    process.off('exit', endToo);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const connection = await firstSign(child, dataDir, signal);
    if (!connection) throw new NoConnection(`A temporary server could not be started:\n${output()}`);
    return { ...connection, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function firstSign(child: ChildProcess, dataDir: string, signal: AbortSignal): Promise<Connection | undefined> {
  const limit = Date.now() + START_LIMIT_MS;
  while (child.exitCode === null && child.signalCode === null && Date.now() < limit) {
    const connection = readFirstRun(dataDir);
    if (connection && (await isReady(connection.url))) return connection;
    await sleep(100, undefined, { signal });
  }
  return undefined;
}

/** The last lines that the server has written, for when it does not start. */
function lastWords(child: ChildProcess): () => string {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      text = (text + chunk.toString()).slice(-4000);
    });
  }
  return () => text.trim();
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  // It promises to be gone within 30 seconds.
  const isGone = await Promise.race([gone.then(() => true), sleep(35_000, false, { ref: false })]);
  if (!isGone) child.kill('SIGKILL');
  await gone;
}
