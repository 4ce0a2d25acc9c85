import type { Logger } from 'pino';
import type { EntityTarget, ObjectLiteral } from 'typeorm';
import { type ConnectionOptions, createDataSource } from './data-source.js';
import { Database, type DatabaseParts } from './database.js';
import type { EmbeddedServer } from './embedded/embedded-server.js';
import { startEmbedded } from './embedded/start-embedded.js';
import { raiseEpochAfterMove } from './event-log/maintain.js';
import { assertMigrated, warnOfPowerfulLogin } from './migrate/check-login.js';
import { type NamedLogin, checkRoles, refuseSharedRoles } from './migrate/check-roles.js';
import { migrate } from './migrate/migrate.js';
import type { MigrationClass } from './migrate/migration.js';
import { NotificationListener } from './notify/notification-listener.js';
import type { DatabaseRoles } from './rls.js';
import { type WaitOptions, waitForServer } from './wait-for-server.js';

export interface OpenDatabaseOptions {
  /** The program's login on a server of its own; without it the embedded PostgreSQL is started. */
  readonly url?: string | undefined;
  /** A login that owns the tables and may create roles; without it the program's login does both. */
  readonly migrationUrl?: string | undefined;
  /** Folder of the embedded database. */
  readonly dataDir: string;
  /** Connections of the pool at the most; the listener and migrations have one of their own. */
  readonly poolSize: number;
  /** As it is shown in pg_stat_activity. */
  readonly applicationName: string;
  readonly roles: DatabaseRoles;
  /** Whether this process brings the database up to date, or only checks that it is. */
  readonly migrate: boolean;
  readonly entities: readonly EntityTarget<ObjectLiteral>[];
  readonly migrations: readonly MigrationClass[];
  readonly logger: Logger;
  /** Gives up opening: an AbortError is thrown at the next step, with nothing left open. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Opens the database: starts the embedded server or waits for the one that is named, migrates or checks, and opens
 * pool and listener. Throws a DatabaseStartError (MigrationNeedsAdministrator is one) that says what to do; nothing
 * stays open then.
 */
export async function openDatabase(options: OpenDatabaseOptions): Promise<Database> {
  const { dataDir, logger } = options;
  if (options.url !== undefined) return openOn(options, urlConnections(options, options.url));
  const server = await startEmbedded({ dataDir, logger });
  try {
    return await openOn(options, embeddedConnections(options, server), server);
  } catch (error) {
    await server.stop();
    throw error;
  }
}

interface Connections {
  readonly login: ConnectionOptions;
  readonly owner: ConnectionOptions;
}

function urlConnections({ migrationUrl, poolSize, applicationName }: OpenDatabaseOptions, url: string): Connections {
  const login = { url, poolSize, applicationName };
  return { login, owner: migrationUrl === undefined ? login : { ...login, url: migrationUrl } };
}

function embeddedConnections({ poolSize, applicationName }: OpenDatabaseOptions, server: EmbeddedServer): Connections {
  return {
    login: { socket: server.loginConnection, poolSize, applicationName },
    owner: { socket: server.ownerConnection, poolSize, applicationName },
  };
}

async function openOn(
  options: OpenDatabaseOptions,
  { login, owner }: Connections,
  server?: EmbeddedServer,
): Promise<Database> {
  const { roles, migrations, logger, signal } = options;
  signal?.throwIfAborted();
  const loginName = await waitForServer(login, 'DATABASE_URL', { logger, signal });
  refuseSharedRoles(roles, [{ variable: 'DATABASE_URL', name: loginName }]);
  if (options.migrate) {
    if (owner !== login) refuseSharedRoles(roles, [await ownerOf(owner, options)]);
    else logger.info('the program owns its tables; a separate owner by DATABASE_MIGRATION_URL is safer');
    await migrate({ owner, login: loginName, roles, migrations, logger, afterwards: raiseEpochAfterMove, signal });
  }
  signal?.throwIfAborted();
  const afterClose = server && (() => server.stop());
  const database = await connectDatabase(login, { ...options, isEmbedded: server !== undefined, afterClose });
  try {
    await checkRoles(database.dataSource, roles);
    if (!options.migrate) await assertMigrated(database.dataSource, roles, migrations);
    await warnOfPowerfulLogin(database.dataSource, roles, logger);
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}

async function ownerOf(owner: ConnectionOptions, options: WaitOptions): Promise<NamedLogin> {
  const variable = 'DATABASE_MIGRATION_URL';
  return { variable, name: await waitForServer(owner, variable, options) };
}

export interface ConnectOptions extends Pick<DatabaseParts, 'roles' | 'isEmbedded' | 'afterClose'> {
  readonly entities: readonly EntityTarget<ObjectLiteral>[];
  readonly logger: Logger;
}

/** Opens pool and listener on a database that is there and up to date. */
export async function connectDatabase(connection: ConnectionOptions, options: ConnectOptions): Promise<Database> {
  const dataSource = await createDataSource(connection, options.entities).initialize();
  const listener = new NotificationListener(connection, options.logger);
  const { roles, isEmbedded, afterClose } = options;
  const database = new Database({ dataSource, listener, roles, connection, isEmbedded, afterClose });
  try {
    await listener.connect();
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}
