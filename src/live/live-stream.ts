import { type Clock, DomainError } from '#libs/kernel';
import { isUnreachable } from '#libs/persistence';
import type { Batch, Feed } from './feed.js';
import { HEARTBEAT, OPENING } from './sse.js';
import type { SseConnection } from './sse-connection.js';
import type { Standing } from './standing.js';
import type { Topic } from './topic.js';

const HEARTBEAT_MS = 15_000;
/** How often the right to read is looked at while nothing is sent. */
const WATCH_MS = 1_500;
/** Something is recorded, but older transactions still run. */
const SOON_MS = 50;
/** The database does not answer. */
const OUTAGE_MS = 1_000;
/** Frames are put together up to this size: one write instead of a hundred. In characters. */
const CHUNK = 16_384;

/** One stream from its opening to its end. */
export class LiveStream {
  private beatAt = 0;

  constructor(
    private readonly feed: Feed,
    private readonly topic: Topic,
    private readonly connection: SseConnection,
    private readonly standing: Standing,
    private readonly clock: Pick<Clock, 'monotonic'>,
  ) {}

  /** Resolves when the stream is over: at the feed's end, or when the client or its right to read is gone. */
  async run(first: Batch, generation: number): Promise<void> {
    const watch = setInterval(() => void this.watch(), WATCH_MS);
    try {
      await this.connection.write(OPENING);
      this.beatAt = this.clock.monotonic() + HEARTBEAT_MS;
      await this.follow(first, generation);
    } finally {
      clearInterval(watch);
      this.connection.end();
    }
  }

  private async follow(first: Batch, generation: number): Promise<void> {
    const { signal } = this.connection;
    for (let batch: Batch | undefined = first, seen = generation; !signal.aborted;) {
      if (batch) await this.send(batch.frames);
      if (batch?.next === 'over') return;
      await this.beat();
      if (batch?.next !== 'more') await this.topic.changed(seen, this.patience(batch), signal);
      seen = this.topic.generation;
      batch = signal.aborted ? undefined : await this.look();
    }
  }

  /** Undefined while the database does not answer: the connection outlives that. */
  private async look(): Promise<Batch | undefined> {
    try {
      const { permissions } = await this.standing.confirm();
      return await this.feed.read(this.topic, permissions);
    } catch (error) {
      if (isUnreachable(error)) return undefined;
      if (!(error instanceof DomainError)) throw error;
      // The right is gone, or what was followed has been deleted.
      this.connection.cut();
      return { frames: [], next: 'over' };
    }
  }

  private async send(frames: readonly string[]): Promise<void> {
    let chunk = '';
    for (const frame of frames) {
      chunk += frame;
      if (chunk.length < CHUNK) continue;
      await this.connection.write(chunk);
      chunk = '';
    }
    if (chunk !== '') await this.connection.write(chunk);
  }

  private async beat(): Promise<void> {
    if (this.clock.monotonic() < this.beatAt) return;
    await this.connection.write(HEARTBEAT);
    this.beatAt = this.clock.monotonic() + HEARTBEAT_MS;
  }

  private patience(batch: Batch | undefined): number {
    const untilBeat = Math.max(0, this.beatAt - this.clock.monotonic());
    if (!batch) return Math.min(OUTAGE_MS, untilBeat);
    return batch.next === 'soon' ? Math.min(SOON_MS, untilBeat) : untilBeat;
  }

  // Beside the loop, since that may be waiting for a client that takes nothing.
  private async watch(): Promise<void> {
    if (await this.standing.isLost()) this.connection.cut();
  }
}
