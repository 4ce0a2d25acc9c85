import { isUuid } from '#libs/kernel';

const ROLE = /^[a-z][a-z0-9_]{0,39}$/;

/**
 * The opening of a transaction as one message: BEGIN, the role, and the tenants that row-level security lets through.
 * Role and ids are put into the text, because SET takes no parameters; hence both are checked here. A transaction
 * without tenants (`[]`) sees no tenant's rows.
 */
export function beginStatement(role: string, tenants: string | readonly string[]): string {
  checkedRole(role);
  const ids = typeof tenants === 'string' ? [tenants] : tenants;
  for (const id of ids) if (!isUuid(id)) throw new RangeError(`not a tenant id: ${id}`);
  return `begin; select set_config('role', '${role}', true), set_config('app.tenant_ids', '${ids.join(',')}', true)`;
}

/** The name, if it is one that may stand in the text of a statement. Throws a RangeError otherwise. */
export function checkedRole(role: string): string {
  if (!ROLE.test(role)) throw new RangeError(`not a role name: ${role}`);
  return role;
}
