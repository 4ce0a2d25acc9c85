import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { childrenOf } from '../process-tree.js';
import type { JailExit } from './jail.js';
import { LaunchedProcess, cannotStart, killQuietly } from './launched-process.js';
import { BEGIN_DESCRIPTOR, READY_DESCRIPTOR } from './namespace-script.js';
import { politely } from './politely.js';

/** The process tree of an unshare(1): it waits outside for the shell that is the first process of the numbering. */
export class NamespaceProcess extends LaunchedProcess {
  readonly ownProcesses = 1;
  private first: number | undefined;

  private constructor(command: readonly string[], env: Readonly<Record<string, string>>) {
    super({ command: politely(command), env, descriptors: ['pipe', 'pipe'] });
  }

  static async start(command: readonly string[], env: Readonly<Record<string, string>>): Promise<NamespaceProcess> {
    const launched = new NamespaceProcess(command, env);
    if (await launched.isReady()) {
      launched.letBegin(BEGIN_DESCRIPTOR);
      return launched;
    }
    const reason = await text(launched.stderr);
    launched.kill();
    throw cannotStart(new Error(reason));
  }

  get pid(): number {
    return this.first ?? 0;
  }

  protected killAll(): void {
    if (this.first === undefined) this.killGroup();
    else killQuietly(this.first);
  }

  protected lastProcess(): number | undefined {
    return this.first;
  }

  protected async meaningOf(exit: JailExit): Promise<JailExit> {
    return exit;
  }

  private async isReady(): Promise<boolean> {
    const ready = await firstChunk(this.endOf(READY_DESCRIPTOR) as Readable);
    this.first = childrenOf(this.child.pid ?? 0)[0];
    return ready !== undefined;
  }
}

/** Not all of it: unshare(1) keeps its end open for as long as it waits. */
async function firstChunk(stream: Readable): Promise<Buffer | undefined> {
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) return chunk;
  } catch {
    // The pipe broke with the process.
  }
  return undefined;
}
