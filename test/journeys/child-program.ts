import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { TestClient } from '#libs/testing';

const ROOT = join(import.meta.dirname, '../..');

/** What Node is given to start the program from its sources. */
const FROM_SOURCES: readonly string[] = ['--import', './scripts/typescript.mjs', 'src/main.ts'];

/**
 * The program in a process of its own, started by its own main module: what a signal does to a process can only be
 * seen there.
 */
export class ChildProgram {
  /** What it wrote: its log, and what it shows to people. */
  output = '';
  private readonly child: ChildProcess;
  private readonly exit: Promise<unknown[]>;

  /**
   * `environment` is all that it gets of settings; `start` is what Node is given to run it, and `root` the
   * folder of the program: another version of it has another one.
   */
  constructor(environment: Readonly<Record<string, string>>, start = FROM_SOURCES, root = ROOT) {
    this.child = spawn(process.execPath, start, {
      cwd: root,
      env: { PATH: process.env['PATH'] ?? '', LOG_LEVEL: 'warn', PORT: '0', ...environment },
      // Its input ends with this process, by which it can tell.
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.exit = once(this.child, 'exit');
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    }
  }

  /** Waits until it serves; gives its address. Bounded: throws with the output when it ends or says nothing for long. */
  async ready(milliseconds = 90_000): Promise<string> {
    const limit = performance.now() + milliseconds;
    while (!/is ready/.test(this.output) || this.address === undefined) {
      if (this.hasEnded || performance.now() > limit) throw new Error(`the program is not ready:\n${this.output}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return this.address;
  }

  async client(token: string): Promise<TestClient> {
    return new TestClient(await this.ready(), token);
  }

  /** Sends a signal and does not wait. */
  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  /** kill -9: it gets no chance to do anything. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.exit;
  }

  /** Asks it to end; gives the exit code, or the signal that ended it instead. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<unknown> {
    if (!this.hasEnded) this.child.kill(signal);
    const [code, by] = await this.exit;
    return code ?? by;
  }

  /** Its process id, to find what it has started. */
  get pid(): number {
    return this.child.pid ?? 0;
  }

  get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  private get address(): string | undefined {
    // A worker tells where its health is.
    return /(?:address +|health at )(http:\/\/[^\s/]+)/.exec(this.output)?.[1];
  }
}
