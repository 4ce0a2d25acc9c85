import type { Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { childrenOf } from '../process-tree.js';
import { BEGIN_DESCRIPTOR, type JailCommand, OPTIONS_DESCRIPTOR, STATUS_DESCRIPTOR } from './bubblewrap-arguments.js';
import type { JailExit } from './jail.js';
import { LaunchedProcess, cannotStart, killQuietly } from './launched-process.js';
import type { OutputPipes } from './output-pipes.js';
import { politely } from './politely.js';

/** What bubblewrap says about a run on its status descriptor, one JSON object a line. */
interface Status {
  readonly 'child-pid'?: number;
  /** Only where the program was really started and came to its end. */
  readonly 'exit-code'?: number;
}

/**
 * The process tree of a bubblewrap. The child waits outside; its own only child is the first process of the jail's
 * numbering, with which all others end, and which the run is watched from.
 */
export class BubblewrapProcess extends LaunchedProcess {
  private first: number | undefined;
  private exitCode: number | undefined;
  private readonly started = Promise.withResolvers<void>();
  private readonly told: Promise<void>;

  readonly ownProcesses: number;

  private constructor(
    { command, options, ownProcesses }: JailCommand,
    filter: number | undefined,
    outputs: OutputPipes | undefined,
  ) {
    super({ command: politely(command), outputs, descriptors: ['pipe', filter ?? 'ignore', 'pipe', 'pipe'] });
    this.ownProcesses = ownProcesses;
    const optionsEnd = this.endOf(OPTIONS_DESCRIPTOR) as Writable;
    optionsEnd.on('error', () => undefined);
    optionsEnd.end(options);
    this.told = this.readStatus(this.endOf(STATUS_DESCRIPTOR) as Readable);
  }

  /** Starts a jail. `filter` is the descriptor of its filter of system calls. */
  static async start(
    command: JailCommand,
    filter: number | undefined,
    outputs: OutputPipes | undefined,
  ): Promise<BubblewrapProcess> {
    const launched = new BubblewrapProcess(command, filter, outputs);
    await launched.started.promise.catch(async (error: unknown) => {
      launched.kill();
      const reason = await text(launched.stderr);
      throw reason.trim() === '' ? error : cannotStart(new Error(reason));
    });
    launched.letBegin(BEGIN_DESCRIPTOR);
    return launched;
  }

  get pid(): number {
    return this.first ?? 0;
  }

  protected killAll(): void {
    // The child ends by itself then, having seen the end of the first one: so none is left for others to wait for.
    if (this.first === undefined) this.killGroup();
    else killQuietly(this.first);
  }

  protected lastProcess(): number | undefined {
    return this.first;
  }

  /** Without an exit code of the program it was bubblewrap that ended: it failed to build the jail, or was killed. */
  protected async meaningOf(exit: JailExit): Promise<JailExit> {
    await this.told;
    if (this.exitCode !== undefined) return { code: this.exitCode, signal: null };
    return { code: null, signal: exit.signal ?? 'SIGKILL' };
  }

  private async readStatus(stream: Readable): Promise<void> {
    let rest = '';
    try {
      for await (const chunk of stream as AsyncIterable<Buffer>) {
        rest += chunk.toString('latin1');
        const lines = rest.split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) this.take(JSON.parse(line) as Status);
      }
    } catch {
      // The pipe broke with the process.
    }
    this.started.reject(cannotStart(new Error('bubblewrap ended before it had started anything')));
  }

  private take(status: Status): void {
    this.exitCode ??= status['exit-code'];
    if (status['child-pid'] === undefined) return;
    // Not that number itself: it may be one within an outer numbering.
    this.first = childrenOf(this.child.pid ?? 0)[0];
    this.started.resolve();
  }
}
