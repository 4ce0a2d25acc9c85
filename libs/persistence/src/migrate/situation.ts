import type { QueryRunner } from 'typeorm';
import type { DatabaseRoles } from '../rls.js';

/** One of the roles that tenants' data is used under, as the catalogue shows it. */
export interface RoleSituation {
  readonly name: string;
  readonly exists: boolean;
  /** A superuser or one with BYPASSRLS: row-level security would not bind it. */
  readonly unbound: boolean;
  /** Whether the login may SET ROLE to it. */
  readonly settable: boolean;
  /** Whether it may use what is in the schema. */
  readonly usage: boolean;
}

/** What the database has of what the program needs. */
export interface Situation {
  readonly database: string;
  /** As `server_version_num`: 150004 is 15.4. */
  readonly version: number;
  readonly owner: string;
  readonly ownerMayCreate: boolean;
  readonly everybodyMayCreate: boolean;
  readonly login: string;
  /** A login with INHERIT (and no superuser), which before PostgreSQL 16 has its roles' rights without SET ROLE. */
  readonly loginInherits: boolean;
  readonly roles: readonly RoleSituation[];
}

const HERE = `
  select current_database() as database, current_setting('server_version_num')::int as version,
    current_user as owner, has_schema_privilege('public', 'create') as "ownerMayCreate",
    has_schema_privilege('public', 'public', 'create') as "everybodyMayCreate",
    (select rolinherit and not rolsuper from pg_roles where rolname = $1) as "loginInherits"`;

const ROLES = `
  select wanted.name, role.oid is not null as exists,
    coalesce(role.rolsuper or role.rolbypassrls, false) as unbound,
    coalesce(pg_has_role($1::name, role.oid, $3), false) as settable,
    coalesce(has_schema_privilege(role.oid, 'public', 'usage'), false) as usage
  from unnest($2::text[]) wanted(name) left join pg_roles role on role.rolname = wanted.name`;

/** Reads the catalogue over the owner's connection. */
export async function readSituation(runner: QueryRunner, login: string, roles: DatabaseRoles): Promise<Situation> {
  const [here] = (await runner.query(HERE, [login])) as Omit<Situation, 'login' | 'roles'>[];
  if (!here) throw new Error('the catalogue gave no row');
  const privilege = hasSetOption(here.version) ? 'SET' : 'MEMBER';
  const rows = (await runner.query(ROLES, [login, [roles.app, roles.system], privilege])) as RoleSituation[];
  return { ...here, login, roles: rows };
}

/** Since PostgreSQL 16 each grant of a role says for itself whether it may be set and whether it is inherited. */
export function hasSetOption(version: number): boolean {
  return version >= 160_000;
}
