import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { isAlive } from '../process-tree.js';
import { SandboxFailure } from '../sandbox.port.js';
import { inheritedDescriptors } from './descriptors.js';
import type { JailExit, JailedProcess } from './jail.js';
import { kept } from './kept.js';
import type { OutputPipes } from './output-pipes.js';

/** Milliseconds between two looks whether the last process is gone, and how long that is waited for. */
const GONE_POLL_MS = 5;
const GONE_MS = 5000;

export interface Launch {
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Where its output goes; to pipes of Node otherwise. */
  readonly outputs?: OutputPipes | undefined;
  /** What the process gets as its descriptors 3, 4 and so on. */
  readonly descriptors?: readonly ('pipe' | 'ignore' | number)[];
}

type Child = ChildProcess & { readonly stdin: Writable };

/** Errors of pipes and children show in how the process ended. */
function ignore(): void {}

/**
 * A command that begins when it is told to on a descriptor, and never if the other end is closed before. Jails end
 * with the program that started them, but not when it is killed while they are still being built.
 */
export function whenTold(sh: string, descriptor: number, command: readonly string[]): string[] {
  return [sh, '-c', `read -r go <&${descriptor} && exec ${descriptor}<&- && exec "$@"`, 'sh', ...command];
}

/** A child that leads a process group of its own, with three pipes. How it is ended for good is the jail's affair. */
export abstract class LaunchedProcess implements JailedProcess {
  abstract readonly ownProcesses: number;
  readonly exited: Promise<JailExit>;
  readonly stdout: Readable;
  readonly stderr: Readable;
  protected readonly child: Child;
  private over = false;

  protected constructor(launch: Launch) {
    this.child = spawnChild(launch);
    // A program that ends without reading its input is no failure.
    this.child.stdin.on('error', ignore);
    this.stdout = launch.outputs?.stdout ?? kept(this.child.stdout);
    this.stderr = launch.outputs?.stderr ?? kept(this.child.stderr);
    this.exited = this.waitForEnd();
  }

  abstract get pid(): number;

  get stdin(): Writable {
    return this.child.stdin;
  }

  kill(): void {
    if (!this.over) this.killAll();
  }

  /** Ends everything that the run has started. Called again when the first process has ended by itself. */
  protected abstract killAll(): void;

  /** The process that is gone last, if that is not the child itself. */
  protected abstract lastProcess(): number | undefined;

  /** What the end of the child means. */
  protected abstract meaningOf(exit: JailExit): Promise<JailExit>;

  /** Also what has no name yet: a jail that is still being built dies with what builds it. */
  protected killGroup(): void {
    if (this.child.pid !== undefined) killQuietly(-this.child.pid);
  }

  /** The other end of a descriptor that the process got as a pipe. */
  protected endOf(descriptor: number): Readable | Writable {
    const ends: readonly (Readable | Writable | null | undefined)[] = this.child.stdio;
    const end = ends[descriptor];
    if (end == null) throw cannotStart(new Error(`descriptor ${descriptor} is no pipe`));
    return end;
  }

  /** Lets a program begin that waits for it by `whenTold`. */
  protected letBegin(descriptor: number): void {
    const end = this.endOf(descriptor) as Writable;
    end.on('error', ignore);
    end.end('go\n');
  }

  private async waitForEnd(): Promise<JailExit> {
    const exit = await new Promise<JailExit>((resolve) => {
      this.child.once('exit', (code, signal) => resolve({ code, signal }));
      this.child.once('error', () => resolve({ code: null, signal: 'SIGKILL' }));
    });
    this.killAll();
    const last = this.lastProcess();
    if (last !== undefined) await untilGone(last);
    this.over = true;
    return this.meaningOf(exit);
  }
}

async function untilGone(pid: number): Promise<void> {
  const until = performance.now() + GONE_MS;
  while (isAlive(pid) && performance.now() < until) await wait(GONE_POLL_MS);
}

function spawnChild({ command, env = {}, cwd = '/', outputs, descriptors = [] }: Launch): Child {
  const [program = '', ...rest] = command;
  const [out, err] = outputs?.writers ?? (['pipe', 'pipe'] as const);
  const stdio: ('pipe' | 'ignore' | number)[] = ['pipe', out, err, ...descriptors];
  const nothing = openSync('/dev/null', 'r');
  try {
    for (const inherited of inheritedDescriptors()) {
      while (stdio.length < inherited) stdio.push('ignore');
      stdio[inherited] ??= nothing;
    }
    return withInput(spawn(program, rest, { cwd, env, detached: true, stdio }));
  } catch (error) {
    throw cannotStart(error);
  } finally {
    closeSync(nothing);
    outputs?.closeWriters();
  }
}

/** Where descriptors have run out Node gives a child without pipes, and tells why later. */
function withInput(child: ChildProcess): Child {
  if (child.stdin != null) return child as Child;
  child.on('error', ignore);
  throw new Error('no pipes could be made');
}

/** The machine has no process, memory or descriptor left: the cause says which, and is not for the code's owner. */
export function cannotStart(cause: unknown): SandboxFailure {
  const text = 'The sandbox could not be started: the machine may be short of processes or memory. Try again later.';
  const failure = new SandboxFailure('sandbox_died', text);
  failure.cause = cause;
  return failure;
}

export function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}
