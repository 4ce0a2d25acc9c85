import { setTimeout as sleep } from 'node:timers/promises';
import type { QueryRunner } from 'typeorm';
import { DatabaseStartError } from '../database-start.error.js';
import { sqlState } from '../database.errors.js';
import type { DatabaseRoles } from '../rls.js';
import { refuseUnboundRoles } from './check-roles.js';
import { administratorScript, planRoles } from './role-plan.js';
import { readSituation } from './situation.js';

/** The owner may not do what the database needs; `script` is what an administrator runs instead. */
export class MigrationNeedsAdministrator extends DatabaseStartError {
  override readonly name = 'MigrationNeedsAdministrator';

  constructor(
    /** SQL for a superuser, complete and ready to run. It holds no password. */
    readonly script: string,
    cause?: unknown,
  ) {
    super(
      'The login that migrates may not make the database roles that the program needs.',
      `Let an administrator of the database run this once:\n\n${script}`,
      cause,
    );
  }
}

const OLDEST = 150_000;
const ATTEMPTS = 8;
const INSUFFICIENT_PRIVILEGE = '42501';
// Roles are shared by the whole cluster, the lock only by one database: somebody else may be making the same ones.
const DUPLICATE = new Set(['42710', '23505']);
const CONCURRENTLY_UPDATED = /tuple concurrently (updated|deleted)/;

/**
 * Makes the roles, the grants to the login and the rights on the schema, as far as they are missing. A role that is
 * there already and that row-level security would not bind is refused.
 */
export async function ensureRoles(runner: QueryRunner, login: string, roles: DatabaseRoles): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const situation = await readSituation(runner, login, roles);
    if (situation.version < OLDEST) throw tooOld(situation.version);
    refuseUnboundRoles(roles, situation.roles);
    const plan = planRoles(situation);
    if (plan.length === 0) return;
    // A grant without the right to it may pass with a mere warning: the plan never becomes empty then.
    if (attempt > ATTEMPTS) throw new MigrationNeedsAdministrator(administratorScript(situation));
    try {
      for (const statement of plan) await runner.query(statement);
    } catch (error) {
      if (sqlState(error) === INSUFFICIENT_PRIVILEGE) {
        throw new MigrationNeedsAdministrator(administratorScript(await readSituation(runner, login, roles)), error);
      }
      if (!isRace(error)) throw error;
      await sleep(20 * attempt);
    }
  }
}

function isRace(error: unknown): boolean {
  return DUPLICATE.has(sqlState(error) ?? '') || (error instanceof Error && CONCURRENTLY_UPDATED.test(error.message));
}

function tooOld(version: number): DatabaseStartError {
  return new DatabaseStartError(
    `The database is PostgreSQL ${Math.floor(version / 10_000)}; the program needs 15 or later.`,
    'Upgrade the server, or let DATABASE_URL name a newer one.',
  );
}
