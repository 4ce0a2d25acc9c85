import { TestStream, type TestStreamEvent } from '#libs/testing';

/**
 * A client of a live stream whose connection breaks after so many events as `patience` says, time and again, and which
 * comes back to another process with the id of the last event that it has.
 */
export class WanderingReader {
  readonly events: TestStreamEvent[] = [];
  /** How often its connection broke. */
  cuts = 0;

  constructor(
    /** The stream's address in each process. */
    private readonly urls: readonly string[],
    private readonly token: string,
    private readonly patience: () => number,
    /** What it has already. */
    private lastEventId = '',
  ) {}

  /** Reads until the stream has ended of itself, or `isEnough`. */
  async read(isEnough: (event: TestStreamEvent) => boolean = () => false): Promise<void> {
    for (let visit = Math.floor(Math.random() * this.urls.length); ; visit++) {
      const headers = this.lastEventId === '' ? {} : { 'last-event-id': this.lastEventId };
      const stream = await TestStream.open(this.urls[visit % this.urls.length]!, this.token, headers);
      // The goal has ended, and nothing is left to be told.
      if (stream.answer.status === 204) return;
      if (stream.answer.status !== 200) throw new Error(`the stream answered ${stream.answer.status}`);
      for (let left = this.patience(); left > 0; left--) {
        const event = await stream.next();
        if (!event) return;
        this.events.push(event);
        this.lastEventId = event.id;
        if (!isEnough(event)) continue;
        stream.close();
        return;
      }
      stream.close();
      this.cuts += 1;
    }
  }
}
