import type { DataSource } from 'typeorm';
import type { ConnectionOptions } from './data-source.js';
import type { NotificationListener } from './notify/notification-listener.js';
import { ReservedConnection, type ReservedOptions } from './reserved-connection.js';
import type { DatabaseRoles } from './rls.js';
import { SystemTransaction } from './system/system-transaction.js';
import { TenantTransaction } from './tenant-transaction.js';

/** What a Database is made of; it closes all of it. */
export interface DatabaseParts {
  readonly dataSource: DataSource;
  readonly listener: NotificationListener;
  readonly roles: DatabaseRoles;
  /** The login's connection, for what needs one outside the pool. */
  readonly connection: ConnectionOptions;
  /** Whether the program runs the server itself. */
  readonly isEmbedded: boolean;
  /** Done when nothing is connected any more: stops the embedded server. */
  readonly afterClose?: (() => Promise<void>) | undefined;
}

/** The open database of a process. */
export class Database {
  readonly dataSource: DataSource;
  /** The door to tenants' data. */
  readonly tenants: TenantTransaction;
  /** For the statements of libs/persistence/src/system, which cross tenants. */
  readonly system: SystemTransaction;
  /** For heartbeats, which wait for nothing else. */
  readonly reserved: ReservedConnection;
  /** For what a worker looks for, takes and gives back. */
  readonly claims: ReservedConnection;
  readonly listener: NotificationListener;
  readonly roles: DatabaseRoles;
  readonly connection: ConnectionOptions;
  /** Whether the program runs the server itself. */
  readonly isEmbedded: boolean;
  private closing: Promise<void> | undefined;

  constructor(private readonly parts: DatabaseParts) {
    this.dataSource = parts.dataSource;
    this.listener = parts.listener;
    this.roles = parts.roles;
    this.connection = parts.connection;
    this.isEmbedded = parts.isEmbedded;
    this.tenants = new TenantTransaction(parts.dataSource, parts.roles.app);
    this.system = new SystemTransaction(parts.dataSource, parts.roles.system);
    this.reserved = this.reserve({ purpose: 'heartbeat', size: 1, answerMs: 10_000 });
    this.claims = this.reserve({ purpose: 'claims', size: 2, answerMs: 60_000 });
  }

  /** Closes the listener and the reserved connections, then the pool (it waits for transactions that are open), then the embedded server. */
  close(): Promise<void> {
    this.closing ??= this.closeAll();
    return this.closing;
  }

  private reserve(options: ReservedOptions): ReservedConnection {
    return new ReservedConnection(this.parts.connection, this.parts.roles.system, options);
  }

  private async closeAll(): Promise<void> {
    try {
      await this.listener.close();
      await Promise.all([this.claims.close(), this.reserved.close()]);
      if (this.dataSource.isInitialized) await this.dataSource.destroy();
    } finally {
      // Whatever hangs above: a server left behind is the worse thing.
      await this.parts.afterClose?.();
    }
  }
}
