import { readFileSync, readdirSync } from 'node:fs';

/** What a process and all of its descendants take. */
export interface TreeUsage {
  /** Processes and threads. */
  readonly processes: number;
  /** Resident memory, and what of it was swapped out; pages that several processes share count for each of them. */
  readonly residentBytes: number;
}

/** More than any limit on processes: a tree beyond it is over its limit, however large it is. */
const MAX_PROCESSES = 10_000;

/**
 * Reads what a process tree takes from /proc. It is read without waiting: these files never touch a disk, and a run
 * has few processes. Whoever ends meanwhile counts as nothing.
 */
export function treeUsage(pid: number): TreeUsage {
  const usage = { processes: 0, residentBytes: 0 };
  const ahead = [pid];
  for (let next = ahead.pop(); next !== undefined && usage.processes < MAX_PROCESSES; next = ahead.pop()) {
    const status = read(`/proc/${next}/status`);
    usage.residentBytes += 1024 * (numberOf(status, 'VmRSS') + numberOf(status, 'VmSwap'));
    usage.processes += numberOf(status, 'Threads');
    ahead.push(...childrenOf(next));
  }
  return usage;
}

/** Whether a process still does something. One that has ended, and is only waited for by its parent, does not. */
export function isAlive(pid: number): boolean {
  const state = /^State:\s+(\S)/m.exec(read(`/proc/${pid}/status`))?.[1];
  return state !== undefined && state !== 'Z' && state !== 'X';
}

/** Processes that were started by this one, or by its threads, and did not outlive their own parents. */
export function childrenOf(pid: number): number[] {
  return threadsOf(pid).flatMap((thread) => {
    const children = read(`/proc/${pid}/task/${thread}/children`).trim();
    return children === '' ? [] : children.split(' ').map(Number);
  });
}

function threadsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

function numberOf(status: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0);
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
