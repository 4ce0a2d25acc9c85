import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import {
  AbstractLogger,
  DataSource,
  type LogLevel,
  type LogMessage,
  MigrationExecutor,
  type QueryRunner,
} from 'typeorm';
import { type ConnectionOptions, placeOf } from '../data-source.js';
import type { DatabaseRoles } from '../rls.js';
import { MIGRATIONS_TABLE, type MigrationClass, nameRoles } from './migration.js';

export interface MigrationSession {
  readonly runner: QueryRunner;
  readonly executor: MigrationExecutor;
}

export interface SessionOptions {
  readonly owner: ConnectionOptions;
  readonly roles: DatabaseRoles;
  readonly migrations: readonly MigrationClass[];
  readonly logger: Logger;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Opens the owner's one connection, takes the lock that lets one process at a time change this database, and runs
 * `work`. The lock belongs to the session: it ends with the connection, also when the process is killed.
 */
export async function withMigrationSession<T>(
  { owner, roles, migrations, logger, signal }: SessionOptions,
  work: (session: MigrationSession) => Promise<T>,
): Promise<T> {
  const dataSource = await sourceOf(owner, migrations, logger).initialize();
  const runner = dataSource.createQueryRunner();
  try {
    await takeLock(runner, logger, signal);
    // Rather fail than let every reader queue behind a migration that waits for a long transaction.
    await runner.query(`set lock_timeout = '20s'`);
    await nameRoles(runner, roles);
    const executor = new MigrationExecutor(dataSource, runner);
    executor.transaction = 'each';
    return await work({ runner, executor });
  } finally {
    await runner.release();
    await dataSource.destroy();
  }
}

function sourceOf(connection: ConnectionOptions, migrations: readonly MigrationClass[], logger: Logger): DataSource {
  return new DataSource({
    type: 'postgres',
    ...placeOf(connection),
    applicationName: 'agent-village migrate',
    migrations: [...migrations],
    migrationsTableName: MIGRATIONS_TABLE,
    installExtensions: false,
    logger: new MigrationLogger(logger),
    poolSize: 1,
    connectTimeoutMS: 10_000,
  });
}

/** Names the migration that failed; what TypeORM has to say besides is for debugging. */
class MigrationLogger extends AbstractLogger {
  constructor(private readonly logger: Logger) {
    super(['migration', 'warn']);
  }

  protected override writeLog(
    _level: LogLevel,
    message: LogMessage | string | number | (LogMessage | string | number)[],
  ) {
    for (const { type, message: text } of this.prepareLogMessages(message)) {
      this.logger[type === 'migration' ? 'error' : 'debug'](String(text));
    }
  }
}

async function takeLock(runner: QueryRunner, logger: Logger, signal: AbortSignal | undefined): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    const rows = (await runner.query(
      `select pg_try_advisory_lock(hashtextextended('agent_village.migrate', 0)) as taken`,
    )) as { taken: boolean }[];
    if (rows[0]?.taken) return;
    if (attempt === 0) logger.info('another process is migrating the database; waiting for it');
    await sleep(100, undefined, { signal });
  }
}
