import type { DataSource } from 'typeorm';
import { DatabaseSettingError } from '../database-start.error.js';
import type { DatabaseRoles } from '../rls.js';

/** The variable that names each role, and the policy by which every tenant table lets it in. */
const MEANING = {
  app: { variable: 'DATABASE_APP_ROLE', policy: 'tenant_rows' },
  system: { variable: 'DATABASE_SYSTEM_ROLE', policy: 'system_rows' },
} as const;

const KINDS = ['app', 'system'] as const;

/** A login, by the variable that it comes from. */
export interface NamedLogin {
  readonly variable: string;
  readonly name: string;
}

/**
 * Refuses roles that are one and the same, or that the program logs in as: what one of them may, the other could.
 * Throws a DatabaseSettingError.
 */
export function refuseSharedRoles(roles: DatabaseRoles, logins: readonly NamedLogin[]): void {
  const named = [...KINDS.map((kind) => ({ variable: MEANING[kind].variable, name: roles[kind] })), ...logins];
  for (const [index, { variable, name }] of named.slice(0, KINDS.length).entries()) {
    const other = named.slice(index + 1).find((login) => login.name === name);
    if (other) {
      throw new DatabaseSettingError(
        `${variable} and ${other.variable} both name ${name}.`,
        'Each needs a role of its own, which nobody logs in as: row-level security tells them apart by name.',
      );
    }
  }
}

/** Refuses a role that row-level security would not bind. It is somebody's: the program does not change it. */
export function refuseUnboundRoles(
  roles: DatabaseRoles,
  found: readonly { readonly name: string; readonly unbound: boolean }[],
): void {
  for (const { name } of found.filter(({ unbound }) => unbound)) {
    throw new DatabaseSettingError(
      `${MEANING[name === roles.app ? 'app' : 'system'].variable}: the role ${name} exists, and is a superuser or has BYPASSRLS.`,
      `Row-level security would not bind it. Name another role, or alter role ${name} nosuperuser nobypassrls.`,
    );
  }
}

interface RoleRow {
  readonly name: string;
  readonly unbound: boolean;
  readonly letIn: boolean;
}

// The tenants' own table stands for all: each was made for the same two roles. Where it is missing, no migration ran.
const SQL = `
  select wanted.name, coalesce(role.rolsuper or role.rolbypassrls, false) as unbound,
    to_regclass('tenant') is null or coalesce(has_table_privilege(role.oid, to_regclass('tenant'), 'select'), false)
      and exists (select from pg_policy
        where polrelid = to_regclass('tenant') and polname = wanted.policy and role.oid = any(polroles)) as "letIn"
  from unnest($1::text[], $2::text[]) wanted(name, policy) left join pg_roles role on role.rolname = wanted.name`;

/**
 * Refuses roles that the tables were not made for: under a new name every table would be closed, and under each
 * other's names every tenant's rows open. Throws a DatabaseSettingError that names the variable.
 */
export async function checkRoles(dataSource: DataSource, roles: DatabaseRoles): Promise<void> {
  const names = KINDS.map((kind) => roles[kind]);
  const rows: RoleRow[] = await dataSource.query(SQL, [names, KINDS.map((kind) => MEANING[kind].policy)]);
  refuseUnboundRoles(roles, rows);
  for (const kind of KINDS) {
    if (rows.some(({ name, letIn }) => name === roles[kind] && letIn)) continue;
    throw new DatabaseSettingError(
      `${MEANING[kind].variable}: the tables of this database were not made for the role ${roles[kind]}.`,
      'Set it to the name with which the database was migrated first; roles cannot be renamed afterwards.',
    );
  }
}
