export { type Decision, type Resource, can } from './can.js';
export { type Permission, inOrder } from './permissions.js';
export type { Principal, PrincipalKind } from './principal.js';
export { type BuiltInRole, type TenantRole, permissionsOf } from './roles.js';
export { type NormalisedScopes, effectivePermissions, normaliseScopes } from './scopes.js';
