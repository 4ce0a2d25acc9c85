import { release } from 'node:os';
import type { RunLimits } from '../sandbox.port.js';

const MIB = 1024 * 1024;

/**
 * Arguments of prlimit(1). The kernel's limits are a second net, wider than what the watch enforces, so that a run
 * over its limit is stopped and told so; they hold between two looks of the watch, when something grows fast.
 */
export function resourceLimits(limits: RunLimits): string[] {
  const settings: Record<string, number> = {
    core: 0,
    // What lies unread in pipes and sockets is memory of the kernel, which counts for nobody.
    nofile: 256,
    memlock: 64 * 1024,
    msgqueue: 0,
    // Larger files end the program that writes them; the watch counts all files together.
    fsize: 2 * limits.diskBytes,
    // What a process may write to that is its own; address space that is only reserved does not count.
    data: 2 * limits.memoryBytes + 1536 * MIB,
    ...(countsPerNamespace() ? { nproc: limits.processes + 16 } : {}),
  };
  return Object.entries(settings).map(([name, value]) => `--${name}=${value}`);
}

/**
 * Whether RLIMIT_NPROC counts the processes in a user namespace: so it does since Linux 5.14. Before, it counts all
 * that the user has on the machine, and a limit that fits a run would keep it from starting.
 */
function countsPerNamespace(): boolean {
  const [major = 0, minor = 0] = release().split('.').map(Number);
  return major > 5 || (major === 5 && minor >= 14);
}
