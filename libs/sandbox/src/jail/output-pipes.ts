import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { kept } from './kept.js';
import { findProgram } from './programs.js';

const { O_RDONLY, O_RDWR, O_WRONLY } = constants;

/** Reads the two pipes to their ends; of trusted programs only, and outside of the jail. */
const RELAY = 'cat <&3 & cat <&4 >&2; wait';

/**
 * Pipes for what a process writes. Node gives its children sockets, which cannot be opened by name: scripts that write
 * to /dev/stderr would fail. Real pipes can only be made by name, so they have one for a moment. What is read goes
 * through a relay, because Node has no safe way to take over a descriptor that it has opened by name: in a worker
 * thread it closes the number once more at the end, when it may be somebody else's.
 */
export class OutputPipes {
  readonly stdout: Readable;
  readonly stderr: Readable;

  private constructor(
    relay: ChildProcess,
    /** The descriptors that the process is to get as 1 and 2. */
    readonly writers: readonly [number, number],
  ) {
    this.stdout = kept(relay.stdout);
    this.stderr = kept(relay.stderr);
  }

  /** Undefined where the system has no tool for it. */
  static async make(): Promise<OutputPipes | undefined> {
    const [mkfifo, sh] = ['mkfifo', 'sh'].map(findProgram);
    if (mkfifo === undefined || sh === undefined || findProgram('cat') === undefined) return undefined;
    const [out, err] = await openPipes(mkfifo);
    if (!out || !err) return undefined;
    try {
      return new OutputPipes(startRelay(sh, out.reader, err.reader), [out.writer, err.writer]);
    } catch (error) {
      for (const { writer } of [out, err]) closeSync(writer);
      throw error;
    } finally {
      for (const { reader } of [out, err]) closeSync(reader);
    }
  }

  /** To be called once the process has its own: what is read ends only when nobody can write any more. */
  closeWriters(): void {
    this.writers.forEach((writer) => closeSync(writer));
  }
}

/** A jail can read what the pipes were called, so it is nothing that tells where our own files are. */
async function openPipes(mkfifo: string): Promise<Pipe[]> {
  const folder = await mkdtemp(join(tmpdir(), 'agent-village-'));
  try {
    const names = ['out', 'err'].map((name) => join(folder, name));
    // Open to the user of the run, who opens them again by the name of the descriptor; nobody else comes to the folder.
    await promisify(execFile)(mkfifo, ['-m', '666', ...names]);
    return names.map(openPipe);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Pipe {
  readonly reader: number;
  readonly writer: number;
}

function openPipe(path: string): Pipe {
  // With both ends in one hand for a moment, opening the ends for good does not wait for anybody.
  const both = openSync(path, O_RDWR);
  const reader = openSync(path, O_RDONLY);
  const writer = openSync(path, O_WRONLY);
  closeSync(both);
  return { reader, writer };
}

function startRelay(sh: string, out: number, err: number): ChildProcess {
  const relay = spawn(sh, ['-c', RELAY], {
    cwd: '/',
    env: { PATH: '/usr/bin:/bin' },
    stdio: ['ignore', 'pipe', 'pipe', out, err],
  });
  relay.on('error', () => undefined);
  return relay;
}
