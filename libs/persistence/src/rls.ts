/** The names that row-level security is written for. Roles are cluster-wide, so an installation may choose its own. */
export interface DatabaseRoles {
  /** Reads and writes the rows of the tenants that the transaction names. */
  readonly app: string;
  /** Crosses tenants; used by the statements of `libs/persistence/src/system` only. */
  readonly system: string;
}

const TENANTS = `any(string_to_array(nullif(current_setting('app.tenant_ids', true), ''), ',')::uuid[])`;

export interface TenantTableOptions {
  /** Column that holds the tenant's id. */
  readonly column?: string;
  /** What the application role may do; append-only tables leave out update and delete. */
  readonly app?: string;
  readonly system?: string;
}

/**
 * The one way in which a table becomes a tenant's: forced row-level security, a policy for the application role that
 * compares the tenant, one for the system role, and the grants. Every table with a `tenant_id` goes through here;
 * a test walks the catalogue and fails on one that did not.
 */
export function tenantTable(table: string, roles: DatabaseRoles, options: TenantTableOptions = {}): string[] {
  const column = options.column ?? 'tenant_id';
  return [
    `alter table ${table} enable row level security`,
    `alter table ${table} force row level security`,
    `create policy tenant_rows on ${table} to ${roles.app} using (${column} = ${TENANTS}) with check (${column} = ${TENANTS})`,
    `create policy system_rows on ${table} to ${roles.system} using (current_user = '${roles.system}') with check (current_user = '${roles.system}')`,
    `grant ${options.app ?? 'select, insert, update, delete'} on ${table} to ${roles.app}`,
    `grant ${options.system ?? 'select, insert, update, delete'} on ${table} to ${roles.system}`,
  ];
}

/** The condition by which a row's own column is compared with the transaction's tenants, for policies of global tables. */
export function isCurrentTenant(column: string): string {
  return `${column} = ${TENANTS}`;
}
