import { describe, expect, it } from 'vitest';
import { ALL_PERMISSIONS, type Permission } from './permissions.js';
import { BUILT_IN_ROLES, permissionsOf } from './roles.js';

const VIEWER: Permission[] = ['goal:read', 'agent:read', 'tool:read', 'memory:read', 'service:read'];
const OPERATOR = `
  goal:create goal:read goal:update goal:execute goal:approve
  agent:create agent:read agent:update agent:spawn agent:terminate
  tool:read tool:execute memory:read memory:write
  webhook:read session:read wallet:read service:read`
  .trim()
  .split(/\s+/) as Permission[];
const DEVELOPER: Permission[] = [
  ...OPERATOR,
  'tool:register',
  'tool:delete',
  'memory:delete',
  'memory:export',
  'agent:delete',
];
const PLATFORM: Permission[] = ['tenant:manage', 'admin:read', 'admin:write', 'admin:full', 'worker:manage'];

describe('permissions', () => {
  it('are more than forty, and each says what it allows [RBC-1]', () => {
    expect(ALL_PERMISSIONS.length).toBeGreaterThan(40);
    expect(ALL_PERMISSIONS.every((name) => /^[a-z]+:[a-z]+$/.test(name))).toBe(true);
  });

  it.each([
    ['goal', 'create read update delete execute approve'],
    ['agent', 'create read update delete spawn terminate'],
    ['tool', 'register read execute delete'],
    ['memory', 'read write delete export'],
    ['user', 'create read update delete'],
    ['role', 'create read update delete assign'],
    ['tenant', 'read update manage'],
    ['admin', 'read write full'],
    ['sso', 'manage'],
    ['mfa', 'manage'],
    ['session', 'read revoke'],
    ['audit', 'read export'],
    ['worker', 'read manage'],
    ['policy', 'read write'],
    ['secret', 'manage'],
  ])('of %s are %s [RBC-1]', (resource, verbs) => {
    const held = ALL_PERMISSIONS.filter((name) => name.startsWith(`${resource}:`));
    expect(new Set(held)).toEqual(new Set(verbs.split(' ').map((verb) => `${resource}:${verb}`)));
  });
});

describe('built-in roles', () => {
  it.each([
    ['VIEWER', VIEWER],
    ['OPERATOR', OPERATOR],
    ['DEVELOPER', DEVELOPER],
    ['TENANT_ADMIN', ALL_PERMISSIONS.filter((name) => !PLATFORM.includes(name))],
    ['SYSTEM_ADMIN', ALL_PERMISSIONS],
  ])('%s has exactly its permissions [RBC-1] [RBC-2]', (role, expected) => {
    expect([...permissionsOf([role])].toSorted()).toEqual([...expected].toSorted());
  });

  it.each([
    ['VIEWER', 'OPERATOR'],
    ['OPERATOR', 'DEVELOPER'],
    ['OPERATOR', 'TENANT_ADMIN'],
    ['TENANT_ADMIN', 'SYSTEM_ADMIN'],
    ['DEVELOPER', 'SYSTEM_ADMIN'],
  ])('%s is a proper subset of %s [RBC-2]', (smaller, larger) => {
    const more = permissionsOf([larger]);
    expect([...permissionsOf([smaller])].filter((permission) => !more.has(permission))).toEqual([]);
    expect(permissionsOf([smaller]).size).toBeLessThan(more.size);
  });

  it('are five, from the least to the most powerful [RBC-2]', () => {
    expect(Object.keys(BUILT_IN_ROLES)).toEqual(['VIEWER', 'OPERATOR', 'DEVELOPER', 'TENANT_ADMIN', 'SYSTEM_ADMIN']);
  });

  it('add up, and unknown ones grant nothing [RBC-1]', () => {
    expect(permissionsOf(['VIEWER', 'DEVELOPER'])).toEqual(permissionsOf(['DEVELOPER']));
    expect(permissionsOf([]).size).toBe(0);
    expect(permissionsOf(['constructor']).size).toBe(0);
    expect(permissionsOf(['constructor', 'VIEWER'])).toEqual(permissionsOf(['VIEWER']));
  });
});
