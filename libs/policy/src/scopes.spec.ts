import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ALL_PERMISSIONS, isPermission } from './permissions.js';
import { permissionsOf } from './roles.js';
import { effectivePermissions, normaliseScopes } from './scopes.js';

describe('scopes', () => {
  it.each([
    ['goal:read', ['goal:read']],
    ['goals:read', ['goal:read']],
    ['read:goals', ['goal:read']],
    ['read:goal', ['goal:read']],
    ['write:goals', ['goal:create', 'goal:update']],
    ['goals:write', ['goal:create', 'goal:update']],
    ['execute:goals', ['goal:execute']],
    ['approve:goals', ['goal:approve']],
    ['execute:agents', ['agent:spawn']],
    ['write:tools', ['tool:register']],
    ['write:memories', ['memory:write']],
    ['read:api-keys', ['apikey:read']],
    ['admin:full', ['admin:full']],
    ['full:admin', ['admin:full']],
    ['*', ['admin:full']],
    ['mfa:manage', ['mfa:manage']],
    ['memories:*', ['memory:read', 'memory:write', 'memory:delete', 'memory:export']],
  ])('reads %s as %j [KEY-2]', (scope, expected) => {
    expect(normaliseScopes([scope])).toEqual({ permissions: expected, unknown: [] });
  });

  it.each([
    'goal',
    '',
    'goal:',
    ':read',
    'goal:fly',
    'GOAL:READ',
    'a:b',
    'goal:read:all',
    '*:*',
    'goal:constructor',
    'goal:__proto__',
    '__proto__:read',
    'wallet:write',
  ])('gives a reason for not knowing %j [KEY-2]', (scope) => {
    const { permissions, unknown } = normaliseScopes([scope]);
    expect(permissions).toEqual([]);
    expect(unknown).toEqual([{ scope, reason: expect.stringMatching(/\.$/) }]);
  });

  it('gives each permission once, in the order of the table [KEY-2]', () => {
    expect(normaliseScopes(['tool:read', 'read:goals', 'goals:read', 'goal:create']).permissions).toEqual([
      'goal:create',
      'goal:read',
      'tool:read',
    ]);
  });

  it('gives only permissions, whatever it is asked, and settles at once [KEY-2]', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string(), fc.constantFrom(...ALL_PERMISSIONS))), (scopes) => {
        const { permissions } = normaliseScopes(scopes);
        expect(permissions.every(isPermission)).toBe(true);
        expect(normaliseScopes(permissions).permissions).toEqual(permissions);
      }),
    );
  });
});

describe('the worth of a credential', () => {
  it('is what its scopes and its owner have in common [KEY-2]', () => {
    const worth = effectivePermissions(['goal:read', 'goal:delete', 'tenant:manage'], permissionsOf(['OPERATOR']));
    expect([...worth]).toEqual(['goal:read']);
  });

  it('is all that the owner has for admin:full, and no more [KEY-2]', () => {
    const owned = permissionsOf(['TENANT_ADMIN']);
    expect(effectivePermissions(['admin:full'], owned)).toEqual(owned);
    expect(effectivePermissions(['admin:full'], owned).has('admin:full')).toBe(false);
  });

  it('never exceeds the owner, whatever the scopes [KEY-2]', () => {
    const role = fc.constantFrom('VIEWER', 'OPERATOR', 'DEVELOPER', 'TENANT_ADMIN', 'SYSTEM_ADMIN', 'unknown');
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string(), fc.constantFrom(...ALL_PERMISSIONS))), role, (scopes, name) => {
        const owned = permissionsOf([name]);
        expect([...effectivePermissions(scopes, owned)].every((permission) => owned.has(permission))).toBe(true);
      }),
    );
  });
});
