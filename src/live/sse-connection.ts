import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { SSE_MEDIA_TYPE } from './sse.js';

/** A reader that has taken nothing for so long is cut off; it comes back with its `Last-Event-ID`. */
const STUCK_MS = 120_000;

/** The writing side of one stream: it never holds more than what was given to `write` last. */
export class SseConnection {
  private readonly gone = new AbortController();

  constructor(private readonly response: ServerResponse) {
    response.once('close', () => this.gone.abort());
    // A broken connection is told by `close`; without a listener its error would end the program.
    response.on('error', () => this.gone.abort());
  }

  /** Aborts when the client has gone away, or the connection was ended. */
  get signal(): AbortSignal {
    return this.gone.signal;
  }

  /** Sends the headers: those that the edge has set, and those of a stream. */
  open(headers: OutgoingHttpHeaders): void {
    this.response.writeHead(200, {
      ...headers,
      'content-type': SSE_MEDIA_TYPE,
      // nginx would gather the stream in its buffers otherwise.
      'x-accel-buffering': 'no',
    });
  }

  /** Resolves when the client has taken so much that there is room for more; or when it is gone. */
  async write(text: string): Promise<void> {
    if (this.signal.aborted || this.response.write(text)) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const stuck = setTimeout(() => this.response.destroy(), STUCK_MS);
    const done = (): void => resolve();
    this.response.once('drain', done);
    this.signal.addEventListener('abort', done, { once: true });
    await promise;
    clearTimeout(stuck);
    this.response.off('drain', done);
    this.signal.removeEventListener('abort', done);
  }

  /** Ends the stream. What the client has not taken yet may still reach it. */
  end(): void {
    this.response.end();
    this.gone.abort();
  }

  /** Ends the stream and keeps back what the client has not taken. */
  cut(): void {
    if (this.response.writableLength > 0) this.response.destroy();
    this.end();
  }
}
