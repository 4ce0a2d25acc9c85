import type { Logger } from 'pino';
import type { DataSource } from 'typeorm';
import { beginStatement } from '../begin.js';
import { DatabaseStartError } from '../database-start.error.js';
import { sqlState } from '../database.errors.js';
import type { DatabaseRoles } from '../rls.js';
import { MIGRATIONS_TABLE, type MigrationClass } from './migration.js';

const UNDEFINED_TABLE = '42P01';
const NO_SUCH_ROLE = '22023';
const INSUFFICIENT_PRIVILEGE = '42501';

interface LoginRow {
  readonly unbound: boolean;
  readonly inherits: boolean;
}

/** Warns of a login that row-level security does not bind as it should. The program works all the same. */
export async function warnOfPowerfulLogin(dataSource: DataSource, roles: DatabaseRoles, logger: Logger): Promise<void> {
  const rows: LoginRow[] = await dataSource.query(
    `select me.rolsuper or me.rolbypassrls as unbound,
       exists (select from pg_roles role where role.rolname = any($1) and pg_has_role(role.oid, 'usage')) as inherits
     from pg_roles me where me.rolname = current_user`,
    [[roles.app, roles.system]],
  );
  const [login] = rows;
  if (login?.unbound) {
    logger.warn('the login of the database is a superuser or has BYPASSRLS: outside the roles nothing holds it back');
  } else if (login?.inherits) {
    logger.warn(
      'the login of the database inherits the rights of its roles: grant them WITH INHERIT FALSE, or alter it to NOINHERIT',
    );
  }
}

/**
 * Refuses a database on which not every migration has run, for processes that do not migrate themselves. One that
 * is newer is welcome: migrations are safe while the old version runs.
 */
export async function assertMigrated(
  dataSource: DataSource,
  roles: DatabaseRoles,
  migrations: readonly MigrationClass[],
): Promise<void> {
  const executed = new Set(await executedMigrations(dataSource, roles));
  const missing = migrations.map((migration) => new migration().name ?? '').filter((name) => !executed.has(name));
  if (missing.length === 0) return;
  throw new DatabaseStartError(
    `The database is not up to date: ${missing.join(', ')} has not run.`,
    'Run the program once with ROLE=migrate, then start this process again.',
  );
}

async function executedMigrations(dataSource: DataSource, roles: DatabaseRoles): Promise<string[]> {
  const runner = dataSource.createQueryRunner();
  try {
    await runner.query(beginStatement(roles.app, []));
    const rows = (await runner.query(`select name from ${MIGRATIONS_TABLE}`)) as { name: string }[];
    return rows.map(({ name }) => name);
  } catch (error) {
    const state = sqlState(error);
    if (state === UNDEFINED_TABLE || state === NO_SUCH_ROLE) return [];
    if (state !== INSUFFICIENT_PRIVILEGE) throw error;
    throw new DatabaseStartError(
      `The login of the database may not work as ${roles.app}, or that role may not read the schema.`,
      'Check DATABASE_APP_ROLE, and run the program once with ROLE=migrate.',
      error,
    );
  } finally {
    await runner.query('rollback');
    await runner.release();
  }
}
