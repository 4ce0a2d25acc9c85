import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { within } from '../measure.js';

const START_MS = 10_000;

interface Redis extends AsyncDisposable {
  readonly socket: string;
  readonly pid: number;
}

/**
 * Starts the machine's own redis-server in a temporary folder, reached by a socket there and by no port. It writes every
 * change to its log and forces that to the disk once a second: a second of work may be lost, unlike with PostgreSQL here.
 * Gives nothing where no redis-server is installed.
 */
export async function startRedis(): Promise<Redis | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'village-bench-redis-'));
  const socket = join(folder, 'socket');
  const settings = {
    port: '0',
    unixsocket: socket,
    dir: folder,
    appendonly: 'yes',
    appendfsync: 'everysec',
    save: '',
    'maxmemory-policy': 'noeviction',
  };
  const options = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  const server = spawn('redis-server', options, { stdio: ['ignore', 'pipe', 'inherit'] });
  process.once('exit', () => server.kill('SIGKILL'));
  const close = async (): Promise<void> => {
    await end(server);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const found = await once(server, 'spawn').catch(() => undefined);
    if (found !== undefined) await within(START_MS, 'the start of Redis', untilReady(server));
    else await close();
    return found && { socket, pid: server.pid!, [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function untilReady(server: ChildProcess): Promise<void> {
  for await (const line of createInterface({ input: server.stdout! }))
    if (line.includes('eady to accept connections')) return void server.stdout!.resume();
  throw new Error('Redis ended before it was ready');
}

async function end(server: ChildProcess): Promise<void> {
  if (server.pid === undefined || server.exitCode !== null || server.signalCode !== null) return;
  const exited = once(server, 'exit');
  server.kill('SIGTERM');
  await exited;
}
