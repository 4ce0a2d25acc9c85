import { readFileSync, readdirSync } from 'node:fs';
import { platform } from 'node:process';

/** The kernel counts in hundredths of a second, whatever the machine. */
const TICK_MS = 10;

/** Which processes a contender computes in, by their ids. */
export interface Processes {
  readonly node: number;
  /** The database's first process; those that it started belong to it. */
  readonly server: number;
}

/** Processor time so far, in milliseconds. Other work on the machine bends it less than it bends the clock. */
export interface ProcessorTime {
  readonly node: number;
  readonly server: number;
}

/** Gives nothing where the system does not tell (it is read from Linux's /proc). */
export function processorTime({ node, server }: Processes): ProcessorTime | undefined {
  if (platform !== 'linux') return undefined;
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap(readStat);
  const sum = (of: readonly Stat[]): number => of.reduce((total, { own }) => total + own, 0) * TICK_MS;
  const first = all.find(({ pid }) => pid === server);
  const started = all.filter(({ parent }) => parent === server);
  return {
    node: sum(all.filter(({ pid }) => pid === node)),
    // Sessions that have ended count, too.
    server: sum([...(first ? [first] : []), ...started]) + (first?.ended ?? 0) * TICK_MS,
  };
}

interface Stat {
  readonly pid: number;
  readonly parent: number;
  /** Ticks in user and system mode. */
  readonly own: number;
  /** The same of children that have ended. */
  readonly ended: number;
}

/** proc_pid_stat(5): the fields after the name, which may itself hold blanks and brackets. */
function readStat(pid: string): Stat[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const ticks = (n: number): number => Number(fields[n]);
    return [{ pid: Number(pid), parent: ticks(1), own: ticks(11) + ticks(12), ended: ticks(13) + ticks(14) }];
  } catch {
    // It has ended meanwhile.
    return [];
  }
}
