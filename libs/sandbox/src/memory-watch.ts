import { readFileSync } from 'node:fs';

export interface MachineMemory {
  readonly totalBytes: number;
  /** What programs could still get, without any swapping. */
  readonly availableBytes: number;
}

/** Available memory below which runs are not trusted any more with what cannot be seen of them. */
const SCARCE_SHARE = 0.05;

/** The memory of this machine; of a container, that of the machine around it. Endless where nothing tells. */
export function machineMemory(): MachineMemory {
  try {
    const text = readFileSync('/proc/meminfo', 'latin1');
    const bytesOf = (name: string): number => 1024 * Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1]);
    return { totalBytes: bytesOf('MemTotal'), availableBytes: bytesOf('MemAvailable') };
  } catch {
    return { totalBytes: 0, availableBytes: Infinity };
  }
}

/**
 * Watches what a run takes beside the memory of its processes: the kernel keeps what lies unread in sockets, names of
 * files and more, and counts it for nobody. It is missed only once memory is scarce; then a run since whose start more
 * than its limit has gone is stopped, as it may be the one that has taken it.
 */
export class MemoryWatch {
  private readonly atStart: number;

  constructor(
    private readonly limitBytes: number,
    private readonly read: () => MachineMemory = machineMemory,
  ) {
    this.atStart = read().availableBytes;
  }

  isMissed(): boolean {
    const { totalBytes, availableBytes } = this.read();
    return availableBytes < totalBytes * SCARCE_SHARE && this.atStart - availableBytes > this.limitBytes;
  }
}
