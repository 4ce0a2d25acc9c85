import type { MigrationInterface, QueryRunner } from 'typeorm';
import type { DatabaseRoles } from '../rls.js';

/** A class that TypeORM runs: its instance's name ends in a timestamp of 13 digits, which gives the order. */
export type MigrationClass = new () => MigrationInterface;

/** One step of the schema as plain statements, which is all that most of them need. */
export interface SchemaStep {
  /** Stored in the database, so it never changes: a name in PascalCase and the timestamp of the file's name. */
  readonly name: string;
  /** Statements that bring the step about; they run in one transaction, as the owner of the tables. */
  up(roles: DatabaseRoles): readonly string[];
  /** Statements that undo it. */
  down(roles: DatabaseRoles): readonly string[];
}

/** The table that remembers which migrations have run. */
export const MIGRATIONS_TABLE = 'schema_migration';

/** Makes a migration of a step. */
export function defineMigration(step: SchemaStep): MigrationClass {
  return class implements MigrationInterface {
    readonly name = step.name;

    async up(runner: QueryRunner): Promise<void> {
      for (const statement of step.up(await migrationRoles(runner))) await runner.query(statement);
    }

    async down(runner: QueryRunner): Promise<void> {
      for (const statement of step.down(await migrationRoles(runner))) await runner.query(statement);
    }
  };
}

/** The names of the database roles, as `nameRoles` has set them for the session. */
async function migrationRoles(runner: QueryRunner): Promise<DatabaseRoles> {
  const rows = (await runner.query(
    `select current_setting('app.app_role') as app, current_setting('app.system_role') as system`,
  )) as DatabaseRoles[];
  if (!rows[0]) throw new Error('the session of the migration does not name the database roles');
  return rows[0];
}

/** Makes the names known to `migrationRoles` for the rest of a session. */
export async function nameRoles(runner: QueryRunner, roles: DatabaseRoles): Promise<void> {
  await runner.query(`select set_config('app.app_role', $1, false), set_config('app.system_role', $2, false)`, [
    roles.app,
    roles.system,
  ]);
}
