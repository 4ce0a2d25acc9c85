import { newId, publicId } from '#libs/kernel';
import type { Database } from '#libs/persistence';
import { type TenantRole, normaliseScopes } from '#libs/policy';
import { type IssuedApiKey, issueApiKey } from '../../../src/access/api-keys/issue-api-key.port.js';
import { UserAccount } from '../../../src/identity/user-account.entity.js';
import { Membership } from '../../../src/tenancy/membership.entity.js';
import { Tenant } from '../../../src/tenancy/tenant.entity.js';

export interface TestMember {
  readonly id: string;
  readonly email: string;
}

export interface TestTenant {
  readonly id: string;
  /** `ten_…` */
  readonly publicId: string;
  readonly slug: string;
  /** Its owner, a TENANT_ADMIN. */
  readonly admin: TestMember;
}

/** A tenant that is in use, with its admin. What is given replaces what it has otherwise. */
export async function createTenant(
  database: Database,
  given: Partial<Pick<Tenant, 'name' | 'slug' | 'tier' | 'settings'>> = {},
): Promise<TestTenant> {
  const id = newId();
  const slug = given.slug ?? `t-${id.slice(-12)}`;
  const admin = await createUser(database);
  await database.system.run(async ({ manager }) => {
    await manager.insert(Tenant, {
      id,
      slug,
      name: given.name ?? `Tenant ${slug}`,
      tier: given.tier ?? 'ENTERPRISE',
      status: 'ACTIVE',
      settings: given.settings ?? {},
      branding: {},
      ownerUserId: admin.id,
    });
    await manager.insert(Membership, { tenantId: id, userId: admin.id, roles: ['TENANT_ADMIN'], status: 'ACTIVE' });
  });
  return { id, publicId: publicId('ten', id), slug, admin };
}

/** A further member of a tenant. */
export async function createMember(database: Database, tenant: TestTenant, roles: TenantRole[]): Promise<TestMember> {
  const member = await createUser(database);
  await database.tenants.run(tenant.id, ({ manager }) =>
    manager.insert(Membership, { tenantId: tenant.id, userId: member.id, roles, status: 'ACTIVE' }),
  );
  return member;
}

async function createUser(database: Database): Promise<TestMember> {
  const id = newId();
  const email = `u-${id.slice(-12)}@example.test`;
  await database.system.run(({ manager }) =>
    manager.insert(UserAccount, { id, email, name: email, status: 'ACTIVE', emailVerifiedAt: new Date() }),
  );
  return { id, email };
}

export interface TestKeyOptions {
  /** In any accepted spelling. By default everything that the owner may. */
  readonly scopes?: readonly string[];
  /** By default the admin of the tenant. */
  readonly owner?: TestMember;
}

/** An API key of a tenant, as a request would carry it in `token`. */
export async function createApiKey(
  database: Database,
  tenant: TestTenant,
  { scopes = ['admin:full'], owner = tenant.admin }: TestKeyOptions = {},
): Promise<IssuedApiKey> {
  return database.tenants.run(tenant.id, (transaction) =>
    issueApiKey(transaction, {
      tenantId: tenant.id,
      name: 'test key',
      kind: 'personal',
      scopes: normaliseScopes(scopes).permissions,
      ownerUserId: owner.id,
      createdBy: owner.id,
    }),
  );
}
