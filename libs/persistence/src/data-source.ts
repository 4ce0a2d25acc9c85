import { DataSource, type EntityTarget, type ObjectLiteral } from 'typeorm';
import type { PostgresDataSourceOptions } from 'typeorm/driver/postgres/PostgresDataSourceOptions.js';

export interface ConnectionOptions {
  /** URL, or the parts of a connection over a Unix socket. */
  readonly url?: string;
  readonly socket?: {
    readonly folder: string;
    readonly port: number;
    readonly user: string;
    readonly password: string;
    readonly database: string;
  };
  readonly poolSize: number;
  readonly applicationName: string;
  /** How long a statement is waited for; longer than the server itself lets one run. For tests. */
  readonly queryTimeoutMs?: number;
}

/** Where a connection leads, as TypeORM wants to be told. */
export function placeOf({ socket, url }: ConnectionOptions): Pick<PostgresDataSourceOptions, 'url'> | SocketPlace {
  if (!socket) return { url: url ?? '' };
  const { folder, port, user, password, database } = socket;
  return { host: folder, port, username: user, password, database };
}

type SocketPlace = Required<Pick<PostgresDataSourceOptions, 'host' | 'port' | 'username' | 'password' | 'database'>>;

/** A DataSource over PostgreSQL. Nothing is synchronised from entities: the migrations are the schema. */
export function createDataSource(
  options: ConnectionOptions,
  entities: readonly EntityTarget<ObjectLiteral>[] = [],
): DataSource {
  return new DataSource({
    type: 'postgres',
    ...placeOf(options),
    applicationName: options.applicationName,
    entities: [...entities] as (string | (new () => ObjectLiteral))[],
    synchronize: false,
    migrationsRun: false,
    installExtensions: false,
    poolSize: options.poolSize,
    connectTimeoutMS: 10_000,
    extra: {
      // BEGIN, statement and COMMIT travel in one flight where the code does not await in between.
      pipeline: true,
      // A transaction left open would hold back every reader of the event log.
      idle_in_transaction_session_timeout: 15_000,
      statement_timeout: 60_000,
      // A server or a network that has gone silent: the connection is given up, and what waits for it with it.
      query_timeout: options.queryTimeoutMs ?? 65_000,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
    },
  });
}
