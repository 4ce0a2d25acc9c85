import { Inject, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { APP_SETTINGS, type Settings } from '#libs/config';
import { Drain, LOGGER, type Logger, requirePrincipal } from '#libs/context';
import { Authenticators, TenantGate } from '#libs/http';
import { systemClock } from '#libs/kernel';
import type { Permission } from '#libs/policy';
import type { Feed } from './feed.js';
import { LiveHub } from './hub.js';
import { LiveStream } from './live-stream.js';
import { SseConnection } from './sse-connection.js';
import { Standing } from './standing.js';
import { StreamSlots } from './stream-slots.js';

/** Both ends of a request that is answered by a stream. */
export interface Exchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/** Serves the streams of this process. */
@Injectable()
export class LiveService {
  private readonly slots: StreamSlots;
  private readonly open = new Set<SseConnection>();

  constructor(
    private readonly hub: LiveHub,
    private readonly authenticators: Authenticators,
    private readonly gate: TenantGate,
    @Inject(APP_SETTINGS) settings: Pick<Settings, 'liveMaxStreams'>,
    private readonly drain: Drain,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.slots = new StreamSlots(settings.liveMaxStreams);
    drain.signal.addEventListener('abort', () => this.endAll());
  }

  /**
   * Answers with a stream of the feed. Throws before anything is sent when there is nothing to follow, or no slot.
   * Resolves when the stream is over. `needed` is what the route requires, looked at again all along.
   */
  async serve(exchange: Exchange, feed: Feed, needed: readonly Permission[]): Promise<void> {
    const { principal } = requirePrincipal();
    const free = this.slots.take(principal);
    const { topic, stop } = this.hub.follow(feed.topic);
    try {
      const { generation } = topic;
      const first = await feed.read(topic, principal.permissions);
      // Nothing is left to be said. To a browser's EventSource this status is the order not to ask again.
      if (first.next === 'over' && first.frames.length === 0) return void exchange.reply.status(204).send();
      const standing = new Standing(
        { authenticators: this.authenticators, gate: this.gate, clock: systemClock },
        { headers: exchange.request.headers, address: exchange.request.ip },
        principal,
        needed,
      );
      const connection = this.take(exchange);
      if (!connection) return;
      const stream = new LiveStream(feed, topic, connection, standing, systemClock);
      await stream.run(first, generation).catch((error: unknown) => this.fail(connection, error));
      this.open.delete(connection);
    } finally {
      stop();
      free();
    }
  }

  // From here on the answer is ours and no longer the framework's. A HEAD request gets its headers only.
  private take({ request, reply }: Exchange): SseConnection | undefined {
    reply.hijack();
    const connection = new SseConnection(reply.raw);
    connection.open(Object.fromEntries(Object.entries(reply.getHeaders()).filter(([, value]) => value !== undefined)));
    if (request.method === 'HEAD' || this.drain.signal.aborted) {
      connection.end();
      return undefined;
    }
    this.open.add(connection);
    return connection;
  }

  // A stream that breaks is cut without its proper end: the client connects again behind what it has.
  private fail(connection: SseConnection, error: unknown): void {
    this.logger.error({ err: error }, 'a live stream failed');
    connection.cut();
  }

  private endAll(): void {
    for (const connection of this.open) connection.end();
  }
}
