import type { Permission } from './permissions.js';
import type { Principal } from './principal.js';

/** What the question is about. Rules that need more than the tenant live beside their resource. */
export interface Resource {
  /** UUID of the tenant that the resource belongs to. */
  readonly tenantId: string;
}

export interface Decision {
  readonly allowed: boolean;
  /** Stable: `granted`, `permission_missing` or `other_tenant`. */
  readonly reason: 'granted' | 'permission_missing' | 'other_tenant';
}

/** Whether a principal may do this, in its own tenant or to a given resource, and why (not). */
export function can(principal: Principal, permission: Permission, resource?: Resource): Decision {
  if (resource && resource.tenantId !== principal.tenantId) return { allowed: false, reason: 'other_tenant' };
  if (!principal.permissions.has(permission)) return { allowed: false, reason: 'permission_missing' };
  return { allowed: true, reason: 'granted' };
}
