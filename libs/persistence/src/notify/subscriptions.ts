import type { Logger } from 'pino';

/** Called with a notification's payload. What it throws is logged. */
export type NotificationHandler = (payload: string) => void | Promise<void>;

const CHANNEL = /^[a-z][a-z0-9_]{0,62}$/;

interface Subscription {
  readonly handler: NotificationHandler;
}

/** Who wants to hear what. Knows nothing of the connection. */
export class Subscriptions {
  private readonly byChannel = new Map<string, Subscription[]>();
  private readonly afterReconnect = new Set<{ readonly handler: () => void | Promise<void> }>();

  constructor(private readonly logger: Logger) {}

  channels(): IterableIterator<string> {
    return this.byChannel.keys();
  }

  /** Whether this is the first handler of its channel. Throws a RangeError for a name that is put into SQL. */
  add(channel: string, handler: NotificationHandler): boolean {
    if (!CHANNEL.test(channel)) throw new RangeError(`not the name of a channel: ${channel}`);
    const others = this.byChannel.get(channel);
    this.byChannel.set(channel, [...(others ?? []), { handler }]);
    return others === undefined;
  }

  /** Removes one subscription of this handler; whether it was the last one of its channel. */
  remove(channel: string, handler: NotificationHandler): boolean {
    const all = this.byChannel.get(channel) ?? [];
    const index = all.findIndex((subscription) => subscription.handler === handler);
    const rest = all.toSpliced(index, index < 0 ? 0 : 1);
    if (rest.length > 0) this.byChannel.set(channel, rest);
    else this.byChannel.delete(channel);
    return rest.length === 0 && all.length > 0;
  }

  onReconnect(handler: () => void | Promise<void>): () => void {
    const entry = { handler };
    this.afterReconnect.add(entry);
    return () => void this.afterReconnect.delete(entry);
  }

  deliver(channel: string, payload: string): void {
    for (const { handler } of this.byChannel.get(channel) ?? []) this.call(() => handler(payload), channel);
  }

  reconnected(): void {
    for (const { handler } of this.afterReconnect) this.call(handler, '(reconnected)');
  }

  private call(work: () => void | Promise<void>, channel: string): void {
    const settled = async (): Promise<void> => work();
    settled().catch((error: unknown) => {
      this.logger.error({ err: error, channel }, 'a handler of notifications failed');
    });
  }
}
