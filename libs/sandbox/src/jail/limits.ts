import { release } from 'node:os';
import type { RunLimits } from '../sandbox.port.js';

const MIB = 1024 * 1024;

/** Bytes of /tmp and of /dev/shm in a jail. Both are memory that the watch does not see, hence so little. */
export function temporaryBytes(limits: RunLimits): { readonly tmp: number; readonly shm: number } {
  return { tmp: Math.min(64 * MIB, limits.memoryBytes), shm: Math.min(16 * MIB, limits.memoryBytes) };
}

/**
 * Arguments of prlimit(1). The kernel's limits are a second net, wider than what the watch enforces, so that a run
 * over its limit is stopped and told so; they hold between two looks of the watch, when something grows fast.
 */
export function resourceLimits(limits: RunLimits): string[] {
  const settings: Record<string, number> = {
    core: 0,
    nofile: 1024,
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
