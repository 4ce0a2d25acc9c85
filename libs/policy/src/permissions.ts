/**
 * Every permission of the product and what it lets one do. Deny by default: what is not listed here cannot be asked
 * for, and a route that names anything else does not compile. Adding one is a line here and, where a built-in role
 * below TENANT_ADMIN shall have it, a line in roles.ts.
 */
export const PERMISSIONS = {
  'goal:create': 'Submit goals.',
  'goal:read': 'See goals, their tasks, journals, events, artifacts and approvals.',
  'goal:update': 'Change, pause and resume goals.',
  'goal:delete': 'Delete goals and what they left behind.',
  'goal:execute': 'Start, retry and cancel goals.',
  'goal:approve': 'Approve or reject what the safety gate holds back.',

  'agent:create': 'Define agents.',
  'agent:read': 'See agents and what they do.',
  'agent:update': 'Change the definition of agents.',
  'agent:delete': 'Delete agents.',
  'agent:spawn': 'Bring agents to life.',
  'agent:terminate': 'Stop living agents.',

  'tool:register': 'Register tools and store playbooks.',
  'tool:read': 'See tools and the records of their calls.',
  'tool:execute': 'Call tools.',
  'tool:delete': 'Remove registered tools and playbooks.',

  'memory:read': 'Search and read memories.',
  'memory:write': 'Store and change memories.',
  'memory:delete': 'Delete memories.',
  'memory:export': 'Export memories.',

  'user:create': 'Invite members.',
  'user:read': 'See members.',
  'user:update': 'Change and deactivate members.',
  'user:delete': 'Remove members.',

  'role:create': 'Define roles.',
  'role:read': 'See roles and who holds them.',
  'role:update': 'Change the definition of roles.',
  'role:delete': 'Delete roles.',
  'role:assign': 'Give roles to members and take them away.',

  'tenant:read': 'See the tenant, its settings, quotas and statistics.',
  'tenant:update': 'Change the name, settings and branding of the tenant.',
  'tenant:manage': 'Create, approve, suspend, upgrade and delete any tenant.',

  'admin:read': 'See the whole installation, over all tenants.',
  'admin:write': 'Change the settings of the installation.',
  'admin:full': 'Everything that any permission allows.',

  'apikey:create': 'Issue API keys.',
  'apikey:read': 'See API keys (never their secrets).',
  'apikey:rotate': 'Give an API key a new secret.',
  'apikey:revoke': 'End API keys for good.',
  'apikey:suspend': 'Switch API keys off and on again.',
  'apikey:delete': 'Delete API keys.',

  'oauth:create': 'Register OAuth clients.',
  'oauth:read': 'See OAuth clients (never their secrets).',
  'oauth:update': 'Change OAuth clients and rotate their secrets.',
  'oauth:delete': 'Delete OAuth clients.',

  'sso:manage': 'Set up single sign-on and the verified domains that it rests on.',
  'mfa:manage': 'Set the policy for second factors and reset those of members.',

  'session:read': 'See sessions: those of all members with user:read, otherwise only the own ones.',
  'session:revoke': 'End, lock and unlock sessions of members.',

  'audit:read': 'Search the audit log.',
  'audit:export': 'Export and verify the audit log.',

  'webhook:create': 'Create webhook endpoints.',
  'webhook:read': 'See webhook endpoints and their deliveries.',
  'webhook:update': 'Change, pause, test and resume webhook endpoints, rotate their secrets, redeliver.',
  'webhook:delete': 'Delete webhook endpoints.',

  'worker:read': 'See workers and their load.',
  'worker:manage': 'Drain and resume workers.',

  'policy:read': 'See the rules of the safety gate.',
  'policy:write': 'Change the rules of the safety gate.',
  'secret:manage': 'Store, replace and delete secrets (nobody reads them back).',

  'wallet:read': 'See balances, allowances and transactions.',
  'wallet:transfer': 'Transfer money between accounts.',
  'wallet:pay': 'Pay for calls of outside services.',
  'wallet:manage': 'Set allowances and stop all spending.',

  'service:create': 'Register paid services.',
  'service:read': 'Discover services and their prices.',
  'service:update': 'Change registered services.',
  'service:delete': 'Remove registered services.',
} as const satisfies Readonly<Record<`${string}:${string}`, string>>;

export type Permission = keyof typeof PERMISSIONS;

/** All permissions, in the order of the table: the order in which every list of permissions is shown and stored. */
export const ALL_PERMISSIONS = Object.keys(PERMISSIONS) as readonly Permission[];

export function isPermission(text: string): text is Permission {
  return Object.hasOwn(PERMISSIONS, text);
}

/** The permissions of a set in the table's order, each once. */
export function inOrder(permissions: ReadonlySet<Permission>): Permission[] {
  return ALL_PERMISSIONS.filter((permission) => permissions.has(permission));
}
