import type { Database } from '#libs/persistence';
import {
  type TestMember,
  type TestTenant,
  createApiKey,
  createMember,
  createTenant,
  createTestDatabase,
} from '#libs/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENTITIES } from '../../src/entities.js';
import { ApiKey } from '../../src/access/api-keys/api-key.entity.js';
import { UserAccount } from '../../src/identity/user-account.entity.js';
import { Membership } from '../../src/tenancy/membership.entity.js';
import { Tenant } from '../../src/tenancy/tenant.entity.js';

const TABLES = ['tenant', 'tenant_domain', 'membership', 'user_account', 'api_key'];

let database: Database;
let a: TestTenant;
let b: TestTenant;
/** A member of both. */
let both: TestMember;

beforeAll(async () => {
  database = await createTestDatabase({ entities: ENTITIES });
  [a, b] = [await createTenant(database), await createTenant(database)];
  both = await createMember(database, a, ['VIEWER']);
  const { id: userId } = both;
  await asTenant(
    b,
    `insert into membership (tenant_id, user_id, roles, status) values ($1, $2, '{VIEWER}', 'ACTIVE')`,
    [b.id, userId],
  );
  for (const tenant of [a, b]) {
    await createApiKey(database, tenant);
    await asTenant(tenant, 'insert into tenant_domain (tenant_id, domain) values ($1, $2)', [
      tenant.id,
      `${tenant.slug}.test`,
    ]);
  }
});
afterAll(() => database.close());

function asTenant<Row extends object>(tenant: TestTenant, sql: string, parameters: unknown[] = []): Promise<Row[]> {
  return database.tenants.once<Row>(tenant.id, sql, parameters);
}

describe('the rows of a tenant', () => {
  it.each([
    ['tenant', 'id'],
    ['tenant_domain', 'tenant_id'],
    ['membership', 'tenant_id'],
    ['api_key', 'tenant_id'],
  ])('of %s are all that its transaction sees [TEN-5]', async (table, column) => {
    const rows = await asTenant<{ owner: string }>(a, `select distinct ${column} as owner from ${table}`);
    expect(rows).toEqual([{ owner: a.id }]);
    expect(await asTenant(a, `select from ${table} where ${column} = $1`, [b.id])).toEqual([]);
  });

  it('are all that entities find [TEN-5]', async () => {
    await database.tenants.run(a.id, async ({ manager }) => {
      expect((await manager.find(Tenant)).map(({ id }) => id)).toEqual([a.id]);
      expect(new Set((await manager.find(Membership)).map(({ tenantId }) => tenantId))).toEqual(new Set([a.id]));
      expect(new Set((await manager.find(ApiKey)).map(({ tenantId }) => tenantId))).toEqual(new Set([a.id]));
      expect(await manager.findOneBy(Tenant, { id: b.id })).toBeNull();
    });
  });

  it.each([
    ['tenant_domain', `insert into tenant_domain (tenant_id, domain) values ($1, 'foreign.test')`],
    [
      'membership',
      `insert into membership (tenant_id, user_id, roles, status) values ($1, gen_random_uuid(), '{}', 'ACTIVE')`,
    ],
  ])('of another one cannot be added to %s [TEN-5]', async (_table, sql) => {
    await expect(asTenant(a, sql, [b.id])).rejects.toThrow(/row-level security/);
  });

  it('of another one cannot be changed or deleted [TEN-5]', async () => {
    expect(
      await asTenant(a, `update api_key set status = 'revoked' where tenant_id = $1 returning id`, [b.id]),
    ).toEqual([]);
    expect(await asTenant(a, 'delete from membership where tenant_id = $1 returning user_id', [b.id])).toEqual([]);
    const keys = await asTenant<{ status: string }>(b, 'select status from api_key');
    expect(keys).toEqual([{ status: 'active' }]);
  });

  it('cannot be given to another one [TEN-5]', async () => {
    await expect(asTenant(a, 'update tenant_domain set tenant_id = $1', [b.id])).rejects.toThrow(/row-level security/);
  });
});

describe('accounts', () => {
  it('are seen by the tenants that they are members of [USR-1] [TEN-5]', async () => {
    const seenBy = async (tenant: TestTenant) =>
      new Set((await asTenant<{ id: string }>(tenant, 'select id from user_account')).map(({ id }) => id));
    expect(await seenBy(a)).toEqual(new Set([a.admin.id, both.id]));
    expect(await seenBy(b)).toEqual(new Set([b.admin.id, both.id]));
  });

  it('show a tenant neither password hashes nor who administers the platform [USR-1]', async () => {
    await expect(asTenant(a, 'select password_hash from user_account')).rejects.toThrow(/permission denied/);
    await expect(asTenant(a, 'select is_system_admin from user_account')).rejects.toThrow(/permission denied/);
    await database.tenants.run(a.id, async ({ manager }) => {
      expect(await manager.findOneBy(UserAccount, { id: a.admin.id })).toMatchObject({ email: a.admin.email });
    });
  });

  it('cannot be written by a tenant, nor made a system admin through a membership [USR-1] [RBC-2]', async () => {
    await expect(asTenant(a, `update user_account set name = 'x'`)).rejects.toThrow(/permission denied/);
    await expect(asTenant(a, `update membership set roles = '{SYSTEM_ADMIN}'`)).rejects.toThrow(/check constraint/);
  });
});

describe('the login of the program', () => {
  it.each(TABLES)('reads nothing from %s by itself [TEN-5]', async (table) => {
    await expect(database.dataSource.query(`select * from ${table}`)).rejects.toThrow(/permission denied/);
  });

  it.each(['tenant', 'tenant_domain', 'membership', 'api_key'])(
    'reads no row of %s without a tenant [TEN-5]',
    async (table) => {
      expect(await database.tenants.once([], `select from ${table}`)).toEqual([]);
    },
  );

  it('reads no account without a tenant [TEN-5]', async () => {
    expect(await database.tenants.once([], 'select id from user_account')).toEqual([]);
  });
});

describe('a tenant', () => {
  it.each(['slug', 'tier', 'status', 'suspension_reason', 'owner_user_id'])(
    'does not change its own %s [TEN-1]',
    async (column) => {
      await expect(asTenant(a, `update tenant set ${column} = ${column}`)).rejects.toThrow(/permission denied/);
    },
  );

  it('changes its name and settings [TEN-1]', async () => {
    await asTenant(a, `update tenant set name = 'New', settings = '{"approvals": {}}'`);
    expect(await asTenant(a, 'select name from tenant')).toEqual([{ name: 'New' }]);
  });

  it('keeps its slug for good, whoever asks [TEN-1]', async () => {
    const rename = database.system.once(`update tenant set slug = 'other' where id = $1`, [a.id]);
    await expect(rename).rejects.toThrow('the slug of a tenant cannot be changed');
  });

  it('keeps the reason of a suspension while it is suspended, and only then [TEN-1]', async () => {
    const change = (set: string) => database.system.once(`update tenant set ${set} where id = $1`, [b.id]);
    await expect(change(`status = 'SUSPENDED'`)).rejects.toThrow(/check constraint/);
    await expect(change(`suspension_reason = 'quota'`)).rejects.toThrow(/check constraint/);
    await change(`status = 'SUSPENDED', suspension_reason = 'billing'`);
    await change(`status = 'ACTIVE', suspension_reason = null`);
  });

  it('proves a domain that no other one has proved [TEN-1]', async () => {
    for (const tenant of [a, b]) {
      await asTenant(tenant, `insert into tenant_domain (tenant_id, domain) values ($1, 'shared.test')`, [tenant.id]);
    }
    const prove = (tenant: TestTenant) =>
      asTenant(tenant, `update tenant_domain set verified_at = now() where domain = 'shared.test'`);
    await prove(a);
    await expect(prove(b)).rejects.toThrow(/duplicate key/);
  });
});
