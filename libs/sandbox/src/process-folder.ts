import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { removeFolder } from './scratch-folders.js';

/** A process, told from all others that had, or will have, its number on the same machine. */
interface ProcessName {
  readonly pid: number;
  /** Ticks from the start of the machine to that of the process; 0 where nothing tells. */
  readonly started: string;
  /** Different after each start of the machine; 0 where nothing tells. */
  readonly boot: string;
  /** Other machines, and other containers, may have the folder in common: theirs are not ours to judge. */
  readonly host: string;
}

const NAME = /^(?<pid>\d+)\.(?<started>\d+)\.(?<boot>[\da-f]+)@(?<host>.+)$/;

/** The folder below `root` that this process has to itself. */
export function processFolder(root: string): string {
  const { pid, started, boot, host } = nameOf(process.pid);
  return join(root, `${pid}.${started}.${boot}@${host}`);
}

/** Removes the folders of processes of this machine that are gone. Those of the living, and of others, stay. */
export async function removeFoldersOfTheGone(root: string): Promise<void> {
  for (const name of await foldersIn(root)) if (isGone(name)) await removeFolder(join(root, name));
}

function isGone(name: string): boolean {
  const { pid, started, boot, host } = NAME.exec(name)?.groups ?? {};
  if (host !== hostname()) return false;
  const now = nameOf(Number(pid));
  return boot !== now.boot || started !== now.started || !exists(now.pid);
}

function nameOf(pid: number): ProcessName {
  const boot = read('/proc/sys/kernel/random/boot_id').replaceAll('-', '').trim();
  // Field 22 of proc_pid_stat(5), the second of which is in brackets and may hold anything.
  const fields = read(`/proc/${pid}/stat`).split(') ').at(-1)?.split(' ') ?? [];
  return { pid, started: fields[19] ?? '0', boot: boot === '' ? '0' : boot, host: hostname() };
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It may belong to somebody else.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

async function foldersIn(root: string): Promise<string[]> {
  try {
    return await readdir(root);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
