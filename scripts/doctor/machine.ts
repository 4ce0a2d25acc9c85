import { constants, accessSync, existsSync, readFileSync, statfsSync } from 'node:fs';
import { createServer } from 'node:net';
import { release } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setting } from './settings.ts';
import { type Finding, messageOf } from './finding.ts';

const ROOT = join(import.meta.dirname, '../..');
const SUPPORTED = ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64'];
const GIB = 1024 ** 3;
/** An initialised database takes 40 MiB; below this there is no room for write-ahead logs and artifacts. */
const LEAST_DISK = 0.5 * GIB;
const LITTLE_DISK = 2 * GIB;

export function checkPlatform(): Finding {
  const name = 'Platform';
  const platform = `${process.platform}-${process.arch}`;
  const detail = `${platform}, ${release()}`;
  if (!SUPPORTED.includes(platform)) {
    return { name, state: 'missing', detail, remedy: `Use one of ${SUPPORTED.join(', ')}; on Windows, WSL2.` };
  }
  if (process.platform !== 'linux')
    return { name, state: 'present', detail: `${detail}; Python and commands need Linux` };
  const report = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  if (report.header?.glibcVersionRuntime) return { name, state: 'present', detail };
  return {
    name,
    state: 'missing',
    detail: `${detail} without glibc`,
    remedy: 'Use a distribution with glibc (not Alpine).',
  };
}

export function checkNode(): Finding {
  const pinned = existsSync(join(ROOT, 'node_modules/.bin/node'));
  const detail = `${process.versions.node}${pinned ? ', pinned by the project' : ' of the system'}`;
  return { name: 'Node', state: 'present', detail };
}

export function checkPackages(): Finding {
  const name = 'Packages and build';
  if (!existsSync(join(ROOT, 'node_modules'))) {
    return { name, state: 'missing', detail: 'not installed', remedy: 'Run "npm ci".' };
  }
  if (existsSync(join(ROOT, 'dist/src/main.js'))) return { name, state: 'present', detail: 'installed and built' };
  return { name, state: 'present', detail: 'installed; the first start builds' };
}

export async function checkPort(): Promise<Finding> {
  const name = 'Port';
  const port = Number(setting('PORT', '3000'));
  const host = setting('HOST', '127.0.0.1');
  const problem = await listenProblem(host, port);
  if (problem === undefined) return { name, state: 'present', detail: `${host}:${port} is free` };
  const running = ownProcess();
  if (problem === 'EADDRINUSE' && running !== undefined) {
    return { name, state: 'present', detail: `${host}:${port} is served by this installation (process ${running})` };
  }
  const detail =
    problem === 'EADDRINUSE' ? `${host}:${port} is in use by another program` : `${host}:${port}: ${problem}`;
  return { name, state: 'missing', detail, remedy: 'Set PORT (and HOST) to an address that is free, e.g. PORT=3001.' };
}

function listenProblem(host: string, port: number): Promise<string | undefined> {
  if (!Number.isInteger(port) || port < 0 || port > 65_535) return Promise.resolve('that is no port number');
  return new Promise((settle) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => settle(error.code ?? error.message));
    server.listen(port, host, () => server.close(() => settle(undefined)));
  });
}

/** The process id of a program that runs on the same data folder. */
function ownProcess(): number | undefined {
  try {
    const pid = Number.parseInt(readFileSync(join(dataFolder(), 'server.pid'), 'utf8'), 10);
    process.kill(pid, 0);
    return pid;
  } catch {
    return undefined;
  }
}

function dataFolder(): string {
  return resolve(setting('DATA_DIR', './.data'));
}

/** The folder itself, or the nearest one above it that exists. */
function existingFolder(): string {
  let folder = dataFolder();
  while (!existsSync(folder)) folder = dirname(folder);
  return folder;
}

export function checkDataFolder(): Finding {
  const name = 'Data folder';
  const folder = dataFolder();
  try {
    accessSync(existingFolder(), constants.W_OK | constants.X_OK);
    const running = ownProcess();
    const served = running === undefined ? folder : `${folder} (served by process ${running})`;
    return { name, state: 'present', detail: existsSync(folder) ? served : `${folder} (made by the first start)` };
  } catch {
    const remedy = 'Give this user the right to write there, or set DATA_DIR to another folder.';
    return { name, state: 'missing', detail: `${folder} cannot be written to`, remedy };
  }
}

export function checkDisk(): Finding {
  const name = 'Disk space';
  try {
    const { bavail, bsize } = statfsSync(existingFolder());
    const free = bavail * bsize;
    const detail = `${(free / GIB).toFixed(1)} GiB free for the data folder`;
    if (free >= LITTLE_DISK) return { name, state: 'present', detail };
    return {
      name,
      state: free < LEAST_DISK ? 'missing' : 'absent',
      detail,
      remedy: 'Free some space, or move DATA_DIR.',
    };
  } catch (error) {
    return { name, state: 'absent', detail: `unknown: ${messageOf(error)}` };
  }
}
