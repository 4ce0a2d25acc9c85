import type { JsonObject } from '#libs/kernel';

/** One event of a stream, as a browser's EventSource would give it. */
export interface TestStreamEvent {
  readonly id: string;
  readonly type: string;
  readonly data: JsonObject;
}

/** Reads server-sent events. It takes from the connection only what is asked for: who does not ask is a slow reader. */
export class TestStream {
  /** What a client that comes back sends as `Last-Event-ID`. */
  lastEventId = '';
  comments = 0;
  private text = '';
  private ready: TestStreamEvent[] = [];
  private readonly reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  private readonly decoder = new TextDecoder();

  private constructor(
    readonly answer: Response,
    private readonly abort: AbortController,
  ) {
    this.reader = answer.body?.getReader();
  }

  /** Opens a stream; resolves with its headers, whatever the status is. */
  static async open(url: URL | string, token: string, headers: Record<string, string> = {}): Promise<TestStream> {
    const abort = new AbortController();
    const answer = await fetch(url, {
      headers: { 'x-api-key': token, accept: 'text/event-stream', ...headers },
      signal: abort.signal,
    });
    return new TestStream(answer, abort);
  }

  /** The next event, or undefined when the server has ended the stream. */
  async next(): Promise<TestStreamEvent | undefined> {
    while (this.ready.length === 0) {
      const chunk = await this.reader?.read();
      if (!chunk || chunk.done) return undefined;
      this.parse(this.decoder.decode(chunk.value, { stream: true }));
    }
    return this.ready.shift();
  }

  /** That many events, fewer when the stream ends before. */
  async take(count: number): Promise<TestStreamEvent[]> {
    const events: TestStreamEvent[] = [];
    while (events.length < count) {
      const event = await this.next();
      if (!event) break;
      events.push(event);
    }
    return events;
  }

  /** Everything up to the end of the stream. */
  rest(): Promise<TestStreamEvent[]> {
    return this.take(Number.POSITIVE_INFINITY);
  }

  /** Goes away without a word. */
  close(): void {
    this.abort.abort();
  }

  private parse(more: string): void {
    const blocks = (this.text + more).split('\n\n');
    this.text = blocks.pop() ?? '';
    for (const block of blocks) this.dispatch(block.split('\n'));
  }

  private dispatch(lines: readonly string[]): void {
    const fields = new Map(lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]));
    this.comments += lines.filter((line) => line.startsWith(':')).length;
    this.lastEventId = fields.get('id') ?? this.lastEventId;
    const data = fields.get('data');
    if (data === undefined) return;
    this.ready.push({
      id: this.lastEventId,
      type: fields.get('event') ?? 'message',
      data: JSON.parse(data) as JsonObject,
    });
  }
}
