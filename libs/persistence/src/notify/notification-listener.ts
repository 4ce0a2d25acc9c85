import { Client } from 'pg';
import type { Logger } from 'pino';
import { clientConfig } from '../client-config.js';
import type { ConnectionOptions } from '../data-source.js';
import { backoff } from './backoff.js';
import { type NotificationHandler, Subscriptions } from './subscriptions.js';

/** A firewall may drop an idle connection without a word: it is asked now and then, and given up without an answer. */
const HEARTBEAT_MS = 30_000;
const ANSWER_MS = 10_000;

/**
 * Listens to notifications of PostgreSQL over one connection of its own, which it opens again when it is lost. A
 * notification is a hint: those sent while the connection was down are gone, hence `onReconnect`.
 */
export class NotificationListener {
  private readonly subscriptions: Subscriptions;
  private client: Client | undefined;
  private sent: Promise<unknown> = Promise.resolve();
  private retry: NodeJS.Timeout | undefined;
  private readonly heartbeat: NodeJS.Timeout;
  private closed = false;

  constructor(
    private readonly connection: ConnectionOptions,
    private readonly logger: Logger,
  ) {
    this.subscriptions = new Subscriptions(logger);
    this.heartbeat = setInterval(() => this.send('select 1'), HEARTBEAT_MS).unref();
  }

  /** Opens the connection. Rejects where that fails; later losses are mended in the background. */
  async connect(): Promise<void> {
    const client = new Client({
      ...clientConfig({ ...this.connection, applicationName: `${this.connection.applicationName} listener` }),
      keepAliveInitialDelayMillis: 10_000,
      // Several LISTENs may be on their way at once; without it the client queues them itself, which it is going to drop.
      pipeline: true,
      query_timeout: ANSWER_MS,
    });
    client.on('error', (error) => this.lose(client, error));
    client.on('end', () => this.lose(client));
    client.on('notification', ({ channel, payload }) => this.subscriptions.deliver(channel, payload ?? ''));
    await client.connect();
    if (this.closed) return client.end();
    this.client = client;
    for (const channel of this.subscriptions.channels()) this.send(`listen ${channel}`);
    await this.ready();
  }

  /**
   * Calls `handler` for each notification on the channel until the returned function is called. LISTEN is on its way
   * when this returns; `ready` tells when it holds.
   */
  listen(channel: string, handler: NotificationHandler): () => void {
    if (this.subscriptions.add(channel, handler)) this.send(`listen ${channel}`);
    let active = true;
    return () => {
      if (!active) return;
      active = false;
      if (this.subscriptions.remove(channel, handler)) this.send(`unlisten ${channel}`);
    };
  }

  /** Resolves when every LISTEN so far holds: what is committed from then on is heard. Without a connection at once. */
  async ready(): Promise<void> {
    await this.sent;
  }

  /** Calls `handler` each time that the connection is back: look at what may have been missed. Gives its removal. */
  onReconnect(handler: () => void | Promise<void>): () => void {
    return this.subscriptions.onReconnect(handler);
  }

  async close(): Promise<void> {
    this.closed = true;
    clearInterval(this.heartbeat);
    clearTimeout(this.retry);
    const { client } = this;
    this.client = undefined;
    await client?.end();
  }

  private send(sql: string): void {
    const { client } = this;
    if (!client) return;
    // The client keeps the order of its queries, so that the last one answers for all before.
    this.sent = client.query(sql).catch((error: unknown) => this.lose(client, error));
  }

  private lose(client: Client, error?: unknown): void {
    if (client !== this.client) return;
    this.client = undefined;
    void client.end().catch(() => undefined);
    if (this.closed) return;
    this.logger.warn({ err: error }, 'lost the connection that listens to notifications; it is opened again');
    this.reconnect(0);
  }

  private reconnect(attempt: number): void {
    this.retry = setTimeout(() => void this.tryAgain(attempt), backoff(attempt));
  }

  private async tryAgain(attempt: number): Promise<void> {
    try {
      await this.connect();
      if (this.client) this.subscriptions.reconnected();
    } catch (error) {
      this.logger.warn({ err: error, attempt }, 'the connection that listens to notifications is still down');
      if (!this.closed && !this.client) this.reconnect(attempt + 1);
    }
  }
}
