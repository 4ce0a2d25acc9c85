import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { end, tie } from '../children.js';
import { within } from '../measure.js';

const START_MS = 10_000;

interface Redis extends AsyncDisposable {
  readonly socket: string;
  readonly pid: number;
}

/**
 * Starts the machine's own redis-server in an empty folder, reached by a socket there and by no port. It writes every
 * change to its log and forces that to the disk once a second: a second of work may be lost, unlike with PostgreSQL here.
 * Gives nothing where no redis-server is installed.
 */
export async function startRedis(folder: string): Promise<Redis | undefined> {
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
  const isInstalled = await once(server, 'spawn').then(
    () => true,
    () => false,
  );
  if (!isInstalled) return undefined;
  tie(server);
  try {
    await within(START_MS, 'the start of Redis', untilReady(server));
  } catch (error) {
    await end(server);
    throw error;
  }
  return { socket, pid: server.pid!, [Symbol.asyncDispose]: () => end(server) };
}

async function untilReady(server: ChildProcess): Promise<void> {
  for await (const line of createInterface({ input: server.stdout! }))
    if (line.includes('eady to accept connections')) return void server.stdout!.resume();
  throw new Error('Redis ended before it was ready');
}
