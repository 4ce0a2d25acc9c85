import { describe, expect, it } from 'vitest';
import { can } from './can.js';
import type { Principal } from './principal.js';
import { permissionsOf } from './roles.js';

const principal: Principal = {
  kind: 'user',
  id: '01900000-0000-7000-8000-000000000001',
  publicId: 'usr_test',
  tenantId: '01900000-0000-7000-8000-000000000002',
  userId: '01900000-0000-7000-8000-000000000001',
  name: 'someone@acme.test',
  roles: ['VIEWER'],
  permissions: permissionsOf(['VIEWER']),
};

describe('can', () => {
  it('allows what a permission was granted for, also for a resource of the own tenant [RBC-1]', () => {
    expect(can(principal, 'goal:read')).toEqual({ allowed: true, reason: 'granted' });
    expect(can(principal, 'goal:read', { tenantId: principal.tenantId }).allowed).toBe(true);
  });

  it('denies by default, with the reason [RBC-1]', () => {
    expect(can(principal, 'goal:create')).toEqual({ allowed: false, reason: 'permission_missing' });
  });

  it('denies whatever belongs to another tenant [TEN-4]', () => {
    const foreign = { tenantId: '01900000-0000-7000-8000-000000000003' };
    expect(can(principal, 'goal:read', foreign)).toEqual({ allowed: false, reason: 'other_tenant' });
  });
});
