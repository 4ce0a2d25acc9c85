import { Turns } from '#libs/kernel';
import { ToolFailure } from '../tool-failure.js';
import { startPageProcess } from './page-process.js';

/** A page as people read it. `truncated` when there was more than fits. */
export interface ReadablePage {
  readonly title: string;
  readonly text: string;
  readonly links: readonly { readonly url: string; readonly text: string }[];
  readonly truncated: boolean;
}

/** Pages of 2 MiB that are no attack take a tenth of this. */
const TIME_MS = 10_000;
/** Seconds of computing for each second of that time: collecting garbage runs beside the rest. */
const THREADS = 2;
/** Reading is all computing: more at a time would only take it from everything else. */
const LIMITS = { atOnce: 3, ofOneKey: 2 };

export interface PageToRead {
  readonly html: string;
  readonly url: string;
}

function tooComplex(): ToolFailure {
  return new ToolFailure(
    'page_too_complex',
    'The page cannot be read within the time and memory that there are for one. ' +
      'Use `http_get` for its HTML, or another page.',
  );
}

/** Turns HTML into text, title and links, a process for each page. */
export class PageReader {
  private readonly turns = new Turns(LIMITS);

  /** `timeMs`: how long one page may take. */
  constructor(private readonly timeMs: number = TIME_MS) {}

  /** Pages of one `reader` (a tenant) do not keep others waiting. Rejects with `page_too_complex`, or the signal's reason. */
  async read(page: PageToRead, signal: AbortSignal, reader = ''): Promise<ReadablePage> {
    return this.turns.run(reader, signal, () => this.readNow(page, signal));
  }

  private async readNow(page: PageToRead, signal: AbortSignal): Promise<ReadablePage> {
    const { promise, resolve, reject } = Promise.withResolvers<ReadablePage>();
    const child = startPageProcess(Math.ceil((this.timeMs * THREADS) / 1000));
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
