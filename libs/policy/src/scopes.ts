import { ALL_PERMISSIONS, type Permission, inOrder, isPermission } from './permissions.js';

/**
 * Scopes are permission names. Customers' habits and other products spell them in other ways; those are accepted and
 * turned into permissions once, when a credential is issued, so that only permission names are stored:
 *
 *   goal:read                       itself
 *   goals:read, read:goals, read:goal   resource in the plural, or verb first
 *   write:goals, goals:write        what `write` means for the resource (WRITE), unless it has a permission `write`
 *   execute:agents                  what `execute` means for agents: to bring them to life
 *   goal:*, goals:*                 every permission of the resource there is at this moment
 *   admin:full, full:admin, *       everything that the owner may, also what later versions add
 */

/** Spellings of a resource besides its own name. */
const PLURALS: Readonly<Record<string, readonly string[]>> = {
  goal: ['goals'],
  agent: ['agents'],
  tool: ['tools'],
  memory: ['memories'],
  user: ['users'],
  role: ['roles'],
  tenant: ['tenants'],
  apikey: ['apikeys', 'api_key', 'api_keys', 'api-key', 'api-keys'],
  oauth: ['oauth_clients', 'oauth-clients'],
  session: ['sessions'],
  audit: ['audits', 'audit_log'],
  webhook: ['webhooks'],
  worker: ['workers'],
  policy: ['policies'],
  secret: ['secrets'],
  wallet: ['wallets'],
  service: ['services'],
};

/** Verbs that stand for permissions with other names. To write is never to delete. */
const VERBS: ReadonlyMap<string, readonly string[]> = new Map([
  ['write', ['create', 'update', 'register']],
  ['execute', ['spawn']],
]);

const RESOURCES: ReadonlyMap<string, string> = new Map(
  [...new Set(ALL_PERMISSIONS.map((permission) => permission.slice(0, permission.indexOf(':'))))].flatMap((resource) =>
    [resource, ...(PLURALS[resource] ?? [])].map((spelling) => [spelling, resource] as const),
  ),
);

/** What scopes mean, and those that mean nothing with the reason. */
export interface NormalisedScopes {
  /** In the order of the permission table, each once. */
  readonly permissions: readonly Permission[];
  readonly unknown: readonly { readonly scope: string; readonly reason: string }[];
}

/** Turns scopes, in whichever accepted spelling, into permission names. */
export function normaliseScopes(scopes: readonly string[]): NormalisedScopes {
  const permissions = new Set<Permission>();
  const unknown: { scope: string; reason: string }[] = [];
  for (const scope of scopes) {
    const meant = meaningOf(scope);
    if (typeof meant === 'string') unknown.push({ scope, reason: meant });
    else for (const permission of meant) permissions.add(permission);
  }
  return { permissions: inOrder(permissions), unknown };
}

/** The permissions behind one scope, or the reason why there are none. */
function meaningOf(scope: string): readonly Permission[] | string {
  if (isPermission(scope)) return [scope];
  if (scope === '*') return ['admin:full'];
  const [left, right, ...rest] = scope.split(':');
  if (!left || !right || rest.length > 0)
    return 'A scope is a resource and a verb with a colon between, as in goal:read.';
  const resource = RESOURCES.get(left);
  if (resource !== undefined) return ofResource(resource, right);
  const turned = RESOURCES.get(right);
  if (turned !== undefined) return ofResource(turned, left);
  return 'It names no resource of this product.';
}

function ofResource(resource: string, verb: string): readonly Permission[] | string {
  const all = ALL_PERMISSIONS.filter((permission) => permission.startsWith(`${resource}:`));
  if (verb === '*') return all;
  const exact = `${resource}:${verb}`;
  if (isPermission(exact)) return [exact];
  const meant = (VERBS.get(verb) ?? []).map((other) => `${resource}:${other}`).filter(isPermission);
  if (meant.length > 0) return meant;
  return `There is nothing of that name to do with ${resource}; there is ${all.join(', ')}.`;
}

/**
 * What a credential is worth at this moment: its scopes cut down to what its owner may do. `admin:full` as a scope
 * asks for everything, so it is worth all that the owner has, and no more than that.
 */
export function effectivePermissions(
  scopes: readonly string[],
  owned: ReadonlySet<Permission>,
): ReadonlySet<Permission> {
  if (scopes.includes('admin:full')) return owned;
  return new Set(scopes.filter(isPermission).filter((permission) => owned.has(permission)));
}
