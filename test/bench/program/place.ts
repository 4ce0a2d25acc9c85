import type { Settings } from '#libs/config';
import type { Logger } from '#libs/context';
import type { Database } from '#libs/persistence';
import type { Place } from '../arena.js';
import type { Built } from '../built.js';
import { readFirstRun } from './first-run.js';

/** A contender's database as the program opens it: migrated, with a first tenant and its API key. */
export interface Opened {
  readonly settings: Settings;
  readonly logger: Logger;
  readonly database: Database;
  /** UUID. */
  readonly tenantId: string;
  readonly apiKey: string;
}

/** The settings by which the program runs on a place. */
export function environmentOf(place: Place): Record<string, string> {
  return {
    DATABASE_URL: place.url,
    DATABASE_MIGRATION_URL: place.ownerUrl,
    DATA_DIR: place.dataDir,
    BOOTSTRAP: '1',
    PORT: '0',
    LOG_LEVEL: 'warn',
  };
}

export async function openPlace(built: Built, place: Place): Promise<Opened> {
  const settings = built.config.loadSettings(environmentOf(place));
  const logger = built.context.createLogger(settings.logLevel);
  const database = await built.persistence.openDatabase({
    url: settings.databaseUrl,
    migrationUrl: settings.databaseMigrationUrl,
    dataDir: settings.dataDir,
    poolSize: settings.databasePoolSize,
    applicationName: 'bench',
    roles: { app: settings.appRole, system: settings.systemRole },
    migrate: true,
    entities: built.entities.ENTITIES,
    migrations: built.migrations.migrations,
    logger,
  });
  await built.bootstrap.bootstrap({ database, settings, url: 'http://localhost', logger, print: () => undefined });
  const { tenant_id, api_key } = await readFirstRun(settings.dataDir);
  return { settings, logger, database, tenantId: built.kernel.parsePublicId('ten', tenant_id)!, apiKey: api_key };
}

/** Brings a place up to date and makes its first tenant, for processes that find both. */
export async function preparePlace(built: Built, place: Place): Promise<void> {
  const { database } = await openPlace(built, place);
  await database.close();
}
