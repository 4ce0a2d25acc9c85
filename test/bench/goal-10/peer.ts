import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { tie } from '../children.js';
import { within } from '../measure.js';
import type { Answer, Order } from '../peers/protocol.js';

const PACKAGE = join(import.meta.dirname, '../peers');
const TYPESCRIPT = join(import.meta.dirname, '../../../scripts/typescript.mjs');
const START_MS = 30_000;
const END_MS = 10_000;

/** What users never need is installed by hand. */
export const HOW_TO_INSTALL = 'npm ci --prefix test/bench/peers';

export function isInstalled(dependency: string): boolean {
  return existsSync(join(PACKAGE, 'node_modules', dependency));
}

/** Somebody else's engine in a process of its own, together with the loop that submits its goals. */
export class Peer implements AsyncDisposable {
  private goals = 0;

  static async start(name: string, env: Record<string, string>): Promise<Peer> {
    const child = fork(join(PACKAGE, `${name}.ts`), {
      env: { PATH: process.env['PATH'], NODE_ENV: 'production', ...env },
      execArgv: ['--no-deprecation', '--import', TYPESCRIPT],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    tie(child);
    const peer = new Peer(name, child);
    try {
      await within(START_MS, `the start of ${name}`, peer.answer());
      return peer;
    } catch (error) {
      child.kill('SIGKILL');
      throw error;
    }
  }

  private constructor(
    private readonly name: string,
    private readonly child: ChildProcess,
  ) {}

  get pid(): number {
    return this.child.pid!;
  }

  async run(times: number, lanes: number): Promise<readonly number[]> {
    this.goals += times;
    const answer = await this.ask({ kind: 'run', times, lanes });
    if (answer.kind !== 'durations') throw new Error(`${this.name} has not told how long its goals took`);
    return answer.durations;
  }

  async verify(): Promise<void> {
    const answer = await this.ask({ kind: 'ended' });
    if (answer.kind === 'ended' && answer.goals === this.goals) return;
    throw new Error(`${this.name} was asked for ${this.goals} goals and answers ${JSON.stringify(answer)}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exited = once(this.child, 'exit');
    // This is what it takes as its end; one that hangs is not waited for.
    if (this.child.connected) this.child.disconnect();
    await within(END_MS, `the end of ${this.name}`, exited).catch(() => this.child.kill('SIGKILL'));
  }

  private async ask(order: Order): Promise<Answer> {
    this.child.send(order);
    return this.answer();
  }

  private async answer(): Promise<Answer> {
    const stop = new AbortController();
    const { signal } = stop;
    try {
      const message = once(this.child, 'message', { signal }).then(([told]) => told as Answer);
      const exited = once(this.child, 'exit', { signal }).then(() => {
        throw new Error(`${this.name} has ended before it answered`);
      });
      const answer = await Promise.race([message, exited]);
      if (answer.kind === 'failed') throw new Error(`${this.name}: ${answer.message}`);
      return answer;
    } finally {
      stop.abort();
    }
  }
}
