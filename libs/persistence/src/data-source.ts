import { DataSource, type EntityTarget, type ObjectLiteral } from 'typeorm';

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
}

/** A DataSource over PostgreSQL. Nothing is synchronised from entities: the migrations are the schema. */
export function createDataSource(
  options: ConnectionOptions,
  entities: readonly EntityTarget<ObjectLiteral>[] = [],
): DataSource {
  const { socket } = options;
  return new DataSource({
    type: 'postgres',
    ...(socket
      ? {
          host: socket.folder,
          port: socket.port,
          username: socket.user,
          password: socket.password,
          database: socket.database,
        }
      : { url: options.url ?? '' }),
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
    },
  });
}
