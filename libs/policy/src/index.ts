export { type Decision, type Resource, can } from './can.js';
export { ALL_PERMISSIONS, PERMISSIONS, type Permission, inOrder, isPermission } from './permissions.js';
export type { Principal, PrincipalKind } from './principal.js';
export { BUILT_IN_ROLES, type BuiltInRole, type TenantRole, permissionsOf } from './roles.js';
export { type NormalisedScopes, effectivePermissions, normaliseScopes } from './scopes.js';
