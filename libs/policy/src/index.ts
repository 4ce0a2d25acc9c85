export type { Permission } from './permissions.js';
export type { Principal, PrincipalKind } from './principal.js';
