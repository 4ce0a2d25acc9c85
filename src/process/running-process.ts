import { readFile } from 'node:fs/promises';

// How this program is started; see scripts/start.mjs.
const OURS = /(start\.mjs|main\.[cm]?[jt]s)/;
// Linux counts the start of a process in hundredths of a second since the boot, whatever the kernel's own clock.
const TICKS_PER_SECOND = 100;

/**
 * Whether a process with this pid runs and may be the one that wrote the pid down at `writtenAt` (milliseconds since
 * the epoch). Pids are given out again: a process that began after that and does not look like ours is another one.
 */
export async function isRunning(pid: number, writtenAt: number): Promise<boolean> {
  if (pid <= 0 || !exists(pid)) return false;
  try {
    const [status, uptime, command] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'utf8'),
      readFile('/proc/uptime', 'utf8'),
      readFile(`/proc/${pid}/cmdline`, 'utf8'),
    ]);
    // The second field is the name in parentheses, which may itself hold some; after it come the state and the rest.
    const fields = status.slice(status.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z') return false;
    const age = Number.parseFloat(uptime) - Number(fields[19]) / TICKS_PER_SECOND;
    const isYounger = Date.now() - age * 1000 > writtenAt + 2_000;
    return !isYounger || OURS.test(command);
  } catch {
    // It ended while we looked, or this system has no /proc.
    return exists(pid);
  }
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process is one all the same.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
