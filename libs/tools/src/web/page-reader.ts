import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ToolFailure } from '../tool-failure.js';

/** A page as people read it. `truncated` when there was more than fits. */
export interface ReadablePage {
  readonly title: string;
  readonly text: string;
  readonly links: readonly { readonly url: string; readonly text: string }[];
  readonly truncated: boolean;
}

/** Pages of 2 MiB that are no attack take a tenth of this. */
const TIME_MS = 10_000;
const MAX_HEAP_MIB = 256;
/** Reading is all computing: more at a time would only take it from everything else. */
const AT_ONCE = 2;

// From the sources it is TypeScript, which Node runs by stripping types.
const CHILD = fileURLToPath(new URL(`./page-child.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url));

function tooComplex(): ToolFailure {
  return new ToolFailure(
    'page_too_complex',
    'The page cannot be read within the time and memory that there are for one. ' +
      'Use `http_get` for its HTML, or another page.',
  );
}

/** Turns HTML into text, title and links, a process for each page. */
export class PageReader {
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  /** `timeMs`: how long one page may take. */
  constructor(private readonly timeMs: number = TIME_MS) {}

  /** Rejects with `page_too_complex`, or with the reason of the signal. */
  async read(page: { readonly html: string; readonly url: string }, signal: AbortSignal): Promise<ReadablePage> {
    while (this.running >= AT_ONCE) {
      await new Promise<void>((resolve) => {
        this.waiting.push(resolve);
      });
    }
    this.running += 1;
    try {
      signal.throwIfAborted();
      return await this.readNow(page, signal);
    } finally {
      this.running -= 1;
      this.waiting.shift()?.();
    }
  }

  private async readNow(
    page: { readonly html: string; readonly url: string },
    signal: AbortSignal,
  ): Promise<ReadablePage> {
    const { promise, resolve, reject } = Promise.withResolvers<ReadablePage>();
    // It needs nothing of the environment, and gets no file of this process but the channel.
    const child = fork(CHILD, [], {
      execArgv: [`--max-old-space-size=${MAX_HEAP_MIB}`],
      env: {},
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    const onAbort = (): void => reject(signal.reason as Error);
    const timer = setTimeout(() => reject(tooComplex()), this.timeMs);
    child.once('message', (read) => resolve(read as ReadablePage));
    child.once('error', reject);
    // Out of memory or of stack: it ends without a word.
    child.once('exit', () => reject(tooComplex()));
    child.send(page, (error) => error && reject(tooComplex()));
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      child.kill('SIGKILL');
    }
  }
}
