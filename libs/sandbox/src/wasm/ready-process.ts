import type { Readable } from 'node:stream';
import type { Jail, JailedProcess } from '../jail/jail.js';
import { treeUsage } from '../process-tree.js';
import { DEFAULT_LIMITS, SandboxFailure } from '../sandbox.port.js';
import { bytesOnTheWire } from './answer.js';
import { BareProcess } from './bare-process.js';
import { type Interpreter, layoutOf } from './interpreters.js';

/** An interpreter that is loaded and waits for its one request. */
export interface ReadyProcess {
  readonly process: JailedProcess;
  /** Resident memory of the interpreter alone: what the run takes counts from here. */
  readonly baselineBytes: number;
  /** The most memory that the interpreter was started for. */
  readonly memoryBytes: number;
}

/** Loading takes up to 2 s on an idle machine; a busy one is given time. None of the user's code runs yet. */
const START_MS = 60_000;
/** Threads of Node, V8 and libuv beside those that the code may start; they come and go. */
export const INTERPRETER_THREADS = 32;
const MAX_CAUSE_LENGTH = 4000;
const READY = '["ready"]\n';

/** Starts an interpreter and waits until it is loaded. Rejects with a SandboxFailure, and leaves nothing behind then. */
export async function startInterpreter(
  interpreter: Interpreter,
  jail: Jail,
  memoryBytes: number,
  signal: AbortSignal,
): Promise<ReadyProcess> {
  const process = await jail.start({
    ...layoutOf(interpreter, memoryBytes, jail instanceof BareProcess ? 'host' : 'jail'),
    writable: [],
    env: {},
    limits: {
      ...DEFAULT_LIMITS,
      processes: DEFAULT_LIMITS.processes + INTERPRETER_THREADS,
      memoryBytes: memoryBytes + interpreter.growthBytes,
      outputBytes: bytesOnTheWire(DEFAULT_LIMITS.outputBytes),
    },
  });
  const warnings = collect(process.stderr);
  const stop = (): void => process.kill();
  const late = setTimeout(stop, START_MS);
  signal.addEventListener('abort', stop, { once: true });
  try {
    if (signal.aborted) stop();
    if (await isReady(process.stdout)) {
      warnings();
      const { residentBytes } = treeUsage(process.pid);
      return { process, baselineBytes: residentBytes + interpreter.growthBytes, memoryBytes };
    }
    process.kill();
    await process.exited;
    if (signal.aborted) throw new SandboxFailure('cancelled', 'The run was stopped from outside.');
    throw didNotStart(interpreter, warnings());
  } finally {
    clearTimeout(late);
    signal.removeEventListener('abort', stop);
  }
}

/** Whether the first line says that the interpreter is ready. Nothing follows it before a request was sent. */
async function isReady(stdout: Readable): Promise<boolean> {
  return new Promise((resolve) => {
    let line = '';
    const onData = (chunk: Buffer): void => {
      line += chunk.toString('latin1');
      if (line.length >= READY.length) finish(line === READY);
    };
    const onEnd = (): void => finish(false);
    const finish = (ready: boolean): void => {
      stdout.off('data', onData).off('end', onEnd).off('close', onEnd).pause();
      resolve(ready);
    };
    stdout.on('data', onData).on('end', onEnd).on('close', onEnd);
  });
}

/** Collects what is written from now on, until that is asked for; then the stream waits for its next reader. */
function collect(stream: Readable): () => string {
  let collected = '';
  const onData = (chunk: Buffer): void => {
    if (collected.length < MAX_CAUSE_LENGTH) collected += chunk.toString();
  };
  stream.on('data', onData);
  return () => {
    stream.off('data', onData).pause();
    return collected;
  };
}

/** What Node says about it may name paths of the host: it is for operators. */
function didNotStart({ name }: Interpreter, cause: string): SandboxFailure {
  const failure = new SandboxFailure('sandbox_died', `The sandbox for ${name} did not start. Try again later.`);
  failure.cause = new Error(cause);
  return failure;
}
