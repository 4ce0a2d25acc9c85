import { setTimeout as sleep } from 'node:timers/promises';
import { publicId } from '#libs/kernel';
import { permissionsOf } from '#libs/policy';
import {
  type TestAnswer,
  type TestProgram,
  type TestTenant,
  createApiKey,
  createMember,
  createTenant,
  startTestProgram,
} from '#libs/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateApiKey } from '../../src/access/api-keys/api-key.js';

const ME = '/api/v1/me';

let program: TestProgram;
let tenant: TestTenant;

beforeAll(async () => {
  program = await startTestProgram();
  tenant = await createTenant(program.database, { name: 'Key works' });
});
afterAll(() => program.close());

/** Asks who one is, with the given key and further headers. */
function me(token?: string, headers: Record<string, string> = {}): Promise<TestAnswer<Record<string, unknown>>> {
  return program.client(token).get(ME, { headers });
}

async function issue(scopes?: string[]) {
  return createApiKey(program.database, tenant, scopes ? { scopes } : {});
}

/** As an operator of the database would: by SQL, past every cache. */
function change(keyId: string, set: string): Promise<object[]> {
  return program.database.tenants.once(tenant.id, `update api_key set ${set} where key_id = $1`, [keyId]);
}

/** Everything of an answer but what names this one request. */
function comparable({ status, headers, body }: TestAnswer<Record<string, unknown>>) {
  const { request_id: _id, ...rest } = body;
  const names = [...headers.keys()].filter((name) => !['x-request-id', 'date'].includes(name));
  return { status, rest, headers: names.map((name) => [name, headers.get(name)?.length]) };
}

/** Asks until the answer has the code, for a second, which is what the product promises; and once more after it. */
async function seen(code: string | undefined, token: string): Promise<boolean> {
  const deadline = performance.now() + 1_000;
  while (performance.now() < deadline) {
    if ((await me(token)).body.code === code) return true;
    await sleep(50);
  }
  return (await me(token)).body.code === code;
}

describe('GET /api/v1/me', () => {
  it('tells who a key is, and what it may do [RBC-7] [KEY-2]', async () => {
    const key = await issue(['read:goals', 'goal:create', 'tenant:manage']);
    const { status, body } = await me(key.token);
    expect(status).toBe(200);
    expect(body).toEqual({
      principal: { kind: 'api_key', id: key.keyId, name: 'test key' },
      tenant: { id: tenant.publicId, name: 'Key works', slug: tenant.slug, tier: 'ENTERPRISE', status: 'ACTIVE' },
      roles: ['TENANT_ADMIN'],
      permissions: ['goal:create', 'goal:read'],
      scopes: ['goal:create', 'goal:read', 'tenant:manage'],
      key_id: key.keyId,
      owner: { id: publicId('usr', tenant.admin.id), email: tenant.admin.email },
    });
  });

  it('shows the permissions of the owner at this moment [KEY-2]', async () => {
    const owner = await createMember(program.database, tenant, ['VIEWER']);
    const { token } = await createApiKey(program.database, tenant, { owner });
    expect(new Set((await me(token)).body.permissions as string[])).toEqual(permissionsOf(['VIEWER']));
  });
});

describe('an API key', () => {
  it('is taken from either header, and from both when they agree [KEY-5]', async () => {
    const { token } = await issue();
    const bearer = { authorization: `Bearer ${token}` };
    expect((await me(token)).status).toBe(200);
    expect((await me(undefined, bearer)).status).toBe(200);
    expect((await me(token, bearer)).status).toBe(200);
  });

  it('is refused beside another one [KEY-5] [TEN-4]', async () => {
    const [one, other] = [await issue(), await issue()];
    const { status, body } = await me(one.token, { authorization: `Bearer ${other.token}` });
    expect([status, body.code]).toEqual([400, 'credentials_differ']);
  });

  it('is needed [KEY-5]', async () => {
    const { status, body } = await me();
    expect([status, body.code]).toEqual([401, 'unauthenticated']);
  });

  it('with a character changed is malformed [KEY-1] [KEY-5]', async () => {
    const { token } = await issue();
    const last = token.endsWith('A') ? 'Q' : 'A';
    for (const text of [`${token.slice(0, -1)}${last}`, token.slice(0, -1), 'secret', 'ak_']) {
      const { status, body } = await me(text);
      expect([status, body.code]).toEqual([401, 'api_key_malformed']);
    }
  });

  it('that is unknown and one with a wrong secret cannot be told apart [KEY-5]', async () => {
    const stranger = generateApiKey();
    const known = await issue();
    await change(known.keyId, `secret_sha256 = sha256('another')`);
    const [unknown, wrong] = [await me(stranger.token), await me(known.token)];
    expect(unknown.body.code).toBe('api_key_invalid');
    expect(unknown.status).toBe(401);
    expect(comparable(wrong)).toEqual(comparable(unknown));
    expect(JSON.stringify(wrong.body)).not.toContain(known.keyId);
  });

  it.each([
    ['api_key_revoked', `status = 'revoked'`],
    ['api_key_suspended', `status = 'suspended'`],
    ['api_key_expired', `expires_at = now()`],
  ])('is refused as %s within a second, also one that was just used [KEY-1] [KEY-5]', async (code, set) => {
    const key = await issue();
    expect((await me(key.token)).status).toBe(200);
    await change(key.keyId, set);
    expect(await seen(code, key.token)).toBe(true);
    expect((await me(key.token)).status).toBe(401);
  });

  it('expires by itself at its time [KEY-1]', async () => {
    const key = await issue();
    await change(key.keyId, `expires_at = now() + interval '300 milliseconds'`);
    expect((await me(key.token)).status).toBe(200);
    expect(await seen('api_key_expired', key.token)).toBe(true);
  });

  it('ends with the membership or the account of its owner [KEY-2] [USR-4]', async () => {
    const { database } = program;
    for (const table of ['membership', 'user_account']) {
      const owner = await createMember(database, tenant, ['VIEWER']);
      const { token } = await createApiKey(database, tenant, { owner });
      const column = table === 'membership' ? 'user_id' : 'id';
      await database.system.once(`update ${table} set status = 'DEACTIVATED' where ${column} = $1`, [owner.id]);
      const { status, body } = await me(token);
      expect([status, body.code]).toEqual([401, 'api_key_owner_inactive']);
    }
  });

  it('names its tenant, and no other one [TEN-4]', async () => {
    const { token } = await issue();
    const other = await createTenant(program.database);
    expect((await me(token, { 'x-tenant-id': tenant.publicId })).status).toBe(200);
    const { status, body } = await me(token, { 'x-tenant-id': other.publicId });
    expect([status, body.code]).toEqual([400, 'tenant_mismatch']);
  });
});

describe('a tenant that is not active', () => {
  it.each([
    ['tenant_suspended', `status = 'SUSPENDED', suspension_reason = 'billing'`],
    ['tenant_inactive', `status = 'PENDING'`],
    ['tenant_inactive', `status = 'DELETED', deleted_at = now()`],
  ])('has its keys refused as %s within a second: %s [TEN-1] [TEN-8]', async (code, set) => {
    const { database } = program;
    const stopped = await createTenant(database);
    const { token } = await createApiKey(database, stopped);
    expect((await me(token)).status).toBe(200);
    await database.system.once(`update tenant set ${set} where id = $1`, [stopped.id]);
    expect(await seen(code, token)).toBe(true);
    expect((await me(token)).status).toBe(403);
  });

  it('is let in again within a second after its suspension [TEN-8]', async () => {
    const { database } = program;
    const stopped = await createTenant(database);
    const { token } = await createApiKey(database, stopped);
    const set = (text: string) => database.system.once(`update tenant set ${text} where id = $1`, [stopped.id]);
    await set(`status = 'SUSPENDED', suspension_reason = 'admin'`);
    expect((await me(token)).body).toMatchObject({
      code: 'tenant_suspended',
      detail: expect.stringContaining('admin'),
    });
    await set(`status = 'ACTIVE', suspension_reason = null`);
    expect(await seen(undefined, token)).toBe(true);
  });
});

describe('the database', () => {
  it('holds nothing that opens a door [KEY-1]', async () => {
    const { token, keyId } = await issue();
    const [row] = await program.database.system.once<{ all: string }>(
      'select row_to_json(k)::text as all from api_key k where key_id = $1',
      [keyId],
    );
    expect(row?.all).toContain(keyId);
    expect(row?.all).not.toContain(token.slice(keyId.length + 1));
  });
});
