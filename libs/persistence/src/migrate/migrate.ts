import type { Logger } from 'pino';
import type { QueryRunner } from 'typeorm';
import type { ConnectionOptions } from '../data-source.js';
import type { DatabaseRoles } from '../rls.js';
import { ensureRoles } from './ensure-roles.js';
import type { MigrationClass } from './migration.js';
import { withMigrationSession } from './migration-session.js';

export interface MigrateOptions {
  /** Who owns the tables: the login of DATABASE_MIGRATION_URL, or the program's own login. */
  readonly owner: ConnectionOptions;
  /** Name of the login that the program works with; it may become the two roles and inherits neither. */
  readonly login: string;
  readonly roles: DatabaseRoles;
  readonly migrations: readonly MigrationClass[];
  readonly logger: Logger;
  /** Done by the owner after the migrations, still under their lock. */
  readonly afterwards?: (runner: QueryRunner) => Promise<void>;
  /** Gives up waiting for another process that migrates. A migration that has begun is finished. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Brings the database up to date: the roles, then every migration that has not run, each in a transaction. Processes
 * that migrate at once wait for each other. Throws MigrationNeedsAdministrator where the owner lacks a right. Gives
 * the names of what ran.
 */
export async function migrate(options: MigrateOptions): Promise<string[]> {
  const { login, roles, logger } = options;
  return withMigrationSession(options, async ({ runner, executor }) => {
    await ensureRoles(runner, login, roles);
    const executed = (await executor.executePendingMigrations()).map(({ name }) => name);
    await options.afterwards?.(runner);
    if (executed.length > 0) logger.info({ migrations: executed }, 'migrated the database');
    return executed;
  });
}

/** Undoes the migrations, the last one first, `steps` of them. Data that only the newer schema can hold is lost. */
export async function revert(options: MigrateOptions, steps: number): Promise<void> {
  await withMigrationSession(options, async ({ executor }) => {
    for (let step = 0; step < steps; step++) await executor.undoLastMigration();
  });
}
