import { ALL_PERMISSIONS, type Permission } from './permissions.js';

/** Permissions of the platform: no role inside a tenant has them. */
const PLATFORM_ONLY = ['tenant:manage', 'admin:read', 'admin:write', 'admin:full', 'worker:manage'] as const;

interface RoleDefinition {
  readonly description: string;
  /** Roles whose permissions this one has too. */
  readonly includes: readonly string[];
  readonly adds: readonly Permission[];
}

/** The built-in roles, each after those that it includes. */
const DEFINITIONS = {
  VIEWER: {
    description: 'Looks and does not touch.',
    includes: [],
    adds: ['goal:read', 'agent:read', 'tool:read', 'memory:read', 'service:read'],
  },
  OPERATOR: {
    description: 'Runs goals, watches them, and decides approvals.',
    includes: ['VIEWER'],
    adds: [
      'goal:create',
      'goal:update',
      'goal:execute',
      'goal:approve',
      'agent:create',
      'agent:update',
      'agent:spawn',
      'agent:terminate',
      'tool:execute',
      'memory:write',
      'webhook:read',
      'session:read',
      'wallet:read',
    ],
  },
  DEVELOPER: {
    description: 'Operates, and shapes tools, agents and memories.',
    includes: ['OPERATOR'],
    adds: ['tool:register', 'tool:delete', 'memory:delete', 'memory:export', 'agent:delete'],
  },
  TENANT_ADMIN: {
    description: 'Everything within the tenant.',
    includes: ['OPERATOR'],
    adds: ALL_PERMISSIONS.filter((permission) => !PLATFORM_ONLY.some((platform) => platform === permission)),
  },
  SYSTEM_ADMIN: {
    description: 'Everything, in the whole installation.',
    includes: ['TENANT_ADMIN', 'DEVELOPER'],
    adds: PLATFORM_ONLY,
  },
} as const satisfies Readonly<Record<string, RoleDefinition>>;

export type BuiltInRole = keyof typeof DEFINITIONS;

/** The built-in roles, from the least to the most powerful. */
export const BUILT_IN_ROLES: Readonly<Record<BuiltInRole, RoleDefinition>> = DEFINITIONS;

/** Roles that a member of a tenant may hold. SYSTEM_ADMIN is no member's: it belongs to the account itself. */
export type TenantRole = Exclude<BuiltInRole, 'SYSTEM_ADMIN'>;

const GRANTED: ReadonlyMap<string, ReadonlySet<Permission>> = resolveAll();

function resolveAll(): Map<string, ReadonlySet<Permission>> {
  const resolved = new Map<string, ReadonlySet<Permission>>();
  for (const [name, role] of Object.entries<RoleDefinition>(DEFINITIONS)) {
    const inherited = role.includes.flatMap((included) => [...(resolved.get(included) ?? [])]);
    resolved.set(name, new Set([...inherited, ...role.adds]));
  }
  return resolved;
}

/** What the holder of these roles may do. A role that is not known grants nothing. */
export function permissionsOf(roles: readonly string[]): ReadonlySet<Permission> {
  const [only] = roles;
  if (roles.length === 1 && only !== undefined) return GRANTED.get(only) ?? new Set();
  return new Set(roles.flatMap((role) => [...(GRANTED.get(role) ?? [])]));
}
