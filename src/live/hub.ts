import { type OnApplicationShutdown, type OnModuleInit, Injectable } from '@nestjs/common';
import { EVENT_CHANNEL, JOURNAL_CHANNEL, NotificationListener } from '#libs/persistence';
import { Topic } from './topic.js';

/** A notification may be lost without anybody knowing: everybody looks once in this time. */
const SWEEP_MS = 5_000;

/**
 * Wakes the streams of this process: one listener and one timer for all of them. A topic is `goal/<uuid>` (its journal
 * has grown) or `tenant/<uuid>` (it has new events), and lives as long as somebody follows it.
 */
@Injectable()
export class LiveHub implements OnModuleInit, OnApplicationShutdown {
  private readonly topics = new Map<string, Topic>();
  private readonly stops: (() => void)[] = [];

  constructor(private readonly listener: NotificationListener) {}

  async onModuleInit(): Promise<void> {
    const sweep = setInterval(() => this.wakeAll(''), SWEEP_MS).unref();
    this.stops.push(
      this.listener.listen(JOURNAL_CHANNEL, (payload) => this.wake('goal/', payload)),
      this.listener.listen(EVENT_CHANNEL, (payload) => this.wake('tenant/', payload)),
      this.listener.onReconnect(() => this.wakeAll('')),
      () => clearInterval(sweep),
    );
    await this.listener.ready();
  }

  onApplicationShutdown(): void {
    for (const stop of this.stops.splice(0)) stop();
  }

  /** Topics that somebody follows. */
  get size(): number {
    return this.topics.size;
  }

  /** Follows a topic until the returned object is disposed of. */
  follow(name: string): { readonly topic: Topic; readonly stop: () => void } {
    const topic = this.topics.get(name) ?? new Topic();
    this.topics.set(name, topic);
    topic.followers += 1;
    return {
      topic,
      stop: () => {
        topic.followers -= 1;
        if (topic.followers === 0) this.topics.delete(name);
      },
    };
  }

  private wake(prefix: string, payload: string): void {
    if (payload === '*') this.wakeAll(prefix);
    else for (const id of payload.split(',')) this.topics.get(prefix + id)?.wake();
  }

  private wakeAll(prefix: string): void {
    for (const [name, topic] of this.topics) if (name.startsWith(prefix)) topic.wake();
  }
}
