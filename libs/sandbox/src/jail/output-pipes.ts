import { execFile } from 'node:child_process';
import { closeSync, constants, openSync, unlinkSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { newId } from '#libs/kernel';
import { findProgram } from './programs.js';

const { O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;

interface Pipe {
  readonly reader: Socket;
  readonly writer: number;
}

/**
 * Pipes for what a process writes. Node gives its children sockets, which cannot be opened by name: scripts that write
 * to /dev/stderr would fail. Real pipes can only be made by name, so they have one for a moment.
 */
export class OutputPipes {
  private constructor(
    private readonly out: Pipe,
    private readonly err: Pipe,
  ) {}

  get stdout(): Socket {
    return this.out.reader;
  }

  get stderr(): Socket {
    return this.err.reader;
  }

  /** The descriptors that the process is to get as 1 and 2. */
  get writers(): readonly [number, number] {
    return [this.out.writer, this.err.writer];
  }

  /** Undefined where the system has no tool for it. */
  static async make(folder: string): Promise<OutputPipes | undefined> {
    const mkfifo = findProgram('mkfifo');
    if (mkfifo === undefined) return undefined;
    const names = ['out', 'err'].map((name) => join(folder, `${newId()}.${name}`));
    // Open to the user of the run, who opens them again by the name of the descriptor; nobody else comes to the folder.
    await promisify(execFile)(mkfifo, ['-m', '666', ...names]);
    const [out, err] = names.map(openPipe);
    return out && err && new OutputPipes(out, err);
  }

  /** To be called once the process has its own: what is read ends only when nobody can write any more. */
  closeWriters(): void {
    this.writers.forEach((writer) => closeSync(writer));
  }
}

function openPipe(path: string): Pipe {
  const reader = openSync(path, O_RDONLY | O_NONBLOCK);
  const writer = openSync(path, O_WRONLY);
  unlinkSync(path);
  return { reader: new Socket({ fd: reader, readable: true, writable: false }), writer };
}
