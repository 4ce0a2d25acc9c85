import type { Readable } from 'node:stream';
import { DiskWatch } from './disk-watch.js';
import type { JailExit, JailedProcess } from './jail/jail.js';
import { type MachineMemory, MemoryWatch } from './memory-watch.js';
import { treeUsage } from './process-tree.js';
import { type RunLimits, SandboxFailure, type SandboxFailureCode } from './sandbox.port.js';

/** Milliseconds between two looks at a run's memory and processes. */
const WATCH_MS = 100;

export interface SuperviseOptions {
  readonly limits: RunLimits;
  /** Resident memory that the run may take beside its limit: what the bare interpreter takes. */
  readonly baselineBytes?: number;
  /** Folders of the host that the run may fill, together, up to its limit on the disk. */
  readonly folders?: readonly string[];
  /** What tells how much memory the machine has. */
  readonly machine?: () => MachineMemory;
  /** Aborted to stop the run. */
  readonly signal: AbortSignal;
  /** Told once, at the moment when a run is stopped and before all of its processes are gone. */
  readonly onStop?: (failure: SandboxFailure) => void;
}

export interface SupervisedRun {
  readonly exit: JailExit;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

/**
 * Watches a run until nothing of it is left, and gives what it wrote. Time counts from this call. Rejects with a
 * SandboxFailure, once all processes are gone, where a limit or the signal stopped it; what it had written until then
 * is in the failure's `output`.
 */
export async function supervise(process: JailedProcess, options: SuperviseOptions): Promise<SupervisedRun> {
  return new Supervisor(process, options).run();
}

class Supervisor {
  private failure: SandboxFailure | undefined;
  private readonly stdout: Buffer[] = [];
  private readonly stderr: Buffer[] = [];
  private readonly machine: MemoryWatch;

  constructor(
    private readonly process: JailedProcess,
    private readonly options: SuperviseOptions,
  ) {
    this.machine = new MemoryWatch(options.limits.memoryBytes, options.machine);
  }

  async run(): Promise<SupervisedRun> {
    const { signal, limits } = this.options;
    const cancel = (): void => this.stop('cancelled', 'The run was stopped from outside.');
    const wall = setTimeout(() => this.stop('sandbox_timeout', this.texts.time), limits.wallMs);
    const watch = setInterval(() => this.look(), WATCH_MS);
    const disk = this.watchDisk();
    signal.addEventListener('abort', cancel, { once: true });
    try {
      if (signal.aborted) cancel();
      const ended = Promise.all([
        this.collect(this.process.stdout, this.stdout),
        this.collect(this.process.stderr, this.stderr),
      ]);
      const exit = await this.process.exited;
      await ended;
      return this.result(exit);
    } finally {
      clearTimeout(wall);
      clearInterval(watch);
      disk?.end();
      signal.removeEventListener('abort', cancel);
    }
  }

  private result(exit: JailExit): SupervisedRun {
    const stdout = Buffer.concat(this.stdout);
    const stderr = Buffer.concat(this.stderr);
    if (this.failure === undefined) return { exit, stdout, stderr };
    const { code, message } = this.failure;
    throw new SandboxFailure(code, message, { stdout: stdout.toString(), stderr: stderr.toString() });
  }

  private stop(code: SandboxFailureCode, message: string): void {
    if (this.failure !== undefined) return;
    this.failure = new SandboxFailure(code, message);
    this.process.kill();
    this.options.onStop?.(this.failure);
  }

  private look(): void {
    const { limits, baselineBytes = 0 } = this.options;
    const { processes, residentBytes } = treeUsage(this.process.pid);
    if (residentBytes > limits.memoryBytes + baselineBytes) this.stop('sandbox_memory', this.texts.memory);
    if (this.machine.isMissed()) this.stop('sandbox_memory', this.texts.machine);
    if (processes > limits.processes + this.process.ownProcesses) this.stop('sandbox_processes', this.texts.processes);
  }

  private watchDisk(): DiskWatch | undefined {
    const { folders = [], limits } = this.options;
    if (folders.length === 0) return undefined;
    return new DiskWatch(folders, limits.diskBytes, () => this.stop('sandbox_disk', this.texts.disk));
  }

  /** Reads a stream to its end, but keeps no more than the limit. */
  private async collect(stream: Readable, chunks: Buffer[]): Promise<void> {
    let room = this.options.limits.outputBytes;
    try {
      for await (const chunk of stream as AsyncIterable<Buffer>) {
        if (room > 0) chunks.push(chunk.subarray(0, room));
        room -= chunk.length;
        if (room < 0) this.stop('sandbox_output', this.texts.output);
      }
    } catch {
      // The pipe broke with the process; what was read stays.
    }
  }

  private get texts(): Record<'time' | 'memory' | 'machine' | 'processes' | 'output' | 'disk', string> {
    const { wallMs, memoryBytes, processes, outputBytes, diskBytes } = this.options.limits;
    return {
      time: `The run took longer than ${Math.round(wallMs / 10) / 100} s and was stopped. Give it less to do, or more time.`,
      memory: `The run took more than ${memoryBytes} bytes of memory and was stopped. Work on the data in parts.`,
      machine:
        'The machine ran short of memory while the run went on, and it was stopped since it may have taken it. ' +
        'Keep less in pipes, sockets and files, or try again later.',
      processes: `The run had more than ${processes} processes and threads and was stopped. Start fewer at a time.`,
      output: `The run wrote more than ${outputBytes} bytes of output and was stopped. Write to a file instead.`,
      disk: `The run's files took more than ${diskBytes} bytes and it was stopped. Remove what is not needed any more.`,
    };
  }
}
