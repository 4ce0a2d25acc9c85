import { randomBytes } from 'node:crypto';
import { newId, publicId } from '#libs/kernel';
import { EventRecorder, type FirstRows, type FirstUser, type Transaction } from '#libs/persistence';
import { inOrder, permissionsOf } from '#libs/policy';
import { issueApiKey } from '../access/api-keys/issue-api-key.port.js';
import { hashPassword } from '../identity/passwords.port.js';
import type { TenantSettings } from '../tenancy/tenant-settings.port.js';

/** A person of the first start, with the password that only the credentials file and the printout ever show. */
export interface Person {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly password: string;
}

export interface Cast {
  readonly tenantId: string;
  readonly tenantSlug: string;
  readonly admin: Person;
  readonly systemAdmin: Person;
}

/** Two demo settings, so that a first goal runs to its end with nobody else there to approve it. */
const SETTINGS: TenantSettings = {
  approvals: { requester_may_approve: true, submitted_wasm_code_needs_approval: false },
};

export function makeCast(): Cast {
  return {
    tenantId: newId(),
    tenantSlug: 'acme',
    admin: makePerson('admin@acme.test', 'Admin of Acme'),
    systemAdmin: makePerson('root@localhost', 'System admin'),
  };
}

function makePerson(email: string, name: string): Person {
  return { id: newId(), email, name, password: randomBytes(18).toString('base64url') };
}

export async function rowsOf({ tenantId, tenantSlug, admin, systemAdmin }: Cast): Promise<FirstRows> {
  return {
    tenant: {
      id: tenantId,
      name: 'Acme',
      slug: tenantSlug,
      tier: 'ENTERPRISE',
      settings: SETTINGS,
      ownerUserId: admin.id,
    },
    users: [
      { ...(await accountOf(admin)), isSystemAdmin: false, roles: ['TENANT_ADMIN'] },
      // The account has its rights by itself; it is a member so that it can sign in somewhere.
      { ...(await accountOf(systemAdmin)), isSystemAdmin: true, roles: [] },
    ],
  };
}

async function accountOf({ id, email, name, password }: Person): Promise<Omit<FirstUser, 'isSystemAdmin' | 'roles'>> {
  return { id, email, name, passwordHash: await hashPassword(password) };
}

const recorder = new EventRecorder();

/** The keys of the first start. */
export interface FirstKeys {
  /** With all of the tenant's scopes. */
  readonly tenant: string;
  /** Of the system admin, for what crosses tenants: without it nobody could stop everything. */
  readonly system: string;
}

/** Issues the keys; the log of the tenant begins with how it came about. */
export async function issueFirstKeys(
  transaction: Transaction,
  { tenantId, tenantSlug, admin, systemAdmin }: Cast,
): Promise<FirstKeys> {
  await recorder.record(transaction, tenantId, [
    {
      type: 'tenant.created',
      actor: { kind: 'system', id: 'first_run' },
      resource: { kind: 'tenant', id: tenantId },
      data: { slug: tenantSlug, tier: 'ENTERPRISE', owner: publicId('usr', admin.id) },
    },
  ]);
  const tenant = await issueApiKey(transaction, {
    tenantId,
    name: 'first run',
    kind: 'tenant',
    scopes: inOrder(permissionsOf(['TENANT_ADMIN'])),
    ownerUserId: admin.id,
    createdBy: admin.id,
  });
  const system = await issueApiKey(transaction, {
    tenantId,
    name: 'first run, system',
    kind: 'personal',
    scopes: ['admin:read', 'admin:write'],
    ownerUserId: systemAdmin.id,
    createdBy: systemAdmin.id,
  });
  return { tenant: tenant.token, system: system.token };
}
