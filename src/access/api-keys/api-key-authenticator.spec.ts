import type { IncomingHttpHeaders } from 'node:http';
import type { ApiKeyRecord } from '#libs/persistence';
import { describe, expect, it } from 'vitest';
import { ApiKeyAuthenticator } from './api-key-authenticator.js';
import { generateApiKey } from './api-key.js';

const KEY = generateApiKey();
const OTHER = generateApiKey();

const RECORD: ApiKeyRecord = {
  id: '01900000-0000-7000-8000-000000000001',
  tenant_id: '01900000-0000-7000-8000-000000000002',
  name: 'nightly',
  status: 'active',
  scopes: ['goal:read', 'goal:create', 'tenant:manage'],
  secret_sha256: KEY.hash,
  expires_in_ms: null,
  owner_user_id: '01900000-0000-7000-8000-000000000003',
  owner_active: true,
  owner_roles: ['OPERATOR'],
  owner_is_system_admin: false,
};

/** An authenticator over one stored key, which `change` may alter while it runs. */
function setUp(changed: Partial<ApiKeyRecord> = {}) {
  const clock = { time: 0, monotonic: () => clock.time };
  const stored = { record: { ...RECORD, ...changed }, lookUps: 0 };
  const lookup = {
    find: (keyId: string) => {
      stored.lookUps++;
      return Promise.resolve(keyId === KEY.keyId ? stored.record : undefined);
    },
  };
  const authenticator = new ApiKeyAuthenticator(lookup, clock);
  const authenticate = (headers: IncomingHttpHeaders) => authenticator.authenticate({ headers, address: '127.0.0.1' });
  return { clock, stored, authenticate };
}

const byKey = (token: string): IncomingHttpHeaders => ({ 'x-api-key': token });

describe('an API key', () => {
  it.each<[string, IncomingHttpHeaders]>([
    ['in X-API-Key', byKey(KEY.token)],
    ['as a bearer token', { authorization: `Bearer ${KEY.token}` }],
    ['as a bearer token, whatever the case of the scheme', { authorization: `bearer ${KEY.token}` }],
    ['in both headers', { authorization: `Bearer ${KEY.token}`, 'x-api-key': KEY.token }],
    ['beside a token of another kind', { authorization: 'Bearer eyJhbGciOi', 'x-api-key': KEY.token }],
  ])('lets in %s [KEY-5]', async (_where, headers) => {
    const principal = await setUp().authenticate(headers);
    expect(principal).toMatchObject({
      kind: 'api_key',
      id: RECORD.id,
      tenantId: RECORD.tenant_id,
      userId: RECORD.owner_user_id,
      name: 'nightly',
      roles: ['OPERATOR'],
    });
  });

  it('is worth its scopes as far as its owner has them [KEY-2]', async () => {
    const principal = await setUp().authenticate(byKey(KEY.token));
    expect([...(principal?.permissions ?? [])]).toEqual(['goal:read', 'goal:create']);
  });

  it('of a system admin may do what the account may [KEY-2]', async () => {
    const principal = await setUp({ owner_is_system_admin: true, owner_roles: [] }).authenticate(byKey(KEY.token));
    expect(principal?.roles).toEqual(['SYSTEM_ADMIN']);
    expect(principal?.permissions.has('tenant:manage')).toBe(true);
  });

  it.each<[string, IncomingHttpHeaders]>([
    ['no credential', {}],
    ['a token of another kind', { authorization: 'Bearer eyJhbGciOi' }],
    ['another scheme', { authorization: `Basic ${KEY.token}` }],
  ])('is not seen in %s [KEY-5]', async (_what, headers) => {
    expect(await setUp().authenticate(headers)).toBeUndefined();
  });

  it('is refused beside a different one [KEY-5]', async () => {
    const headers = { authorization: `Bearer ${OTHER.token}`, 'x-api-key': KEY.token };
    await expect(setUp().authenticate(headers)).rejects.toMatchObject({ code: 'credentials_differ' });
  });

  it.each(['', 'ak_', 'secret', `${KEY.token}x`, `${KEY.token}, ${KEY.token}`])(
    'that reads %j is malformed, and nothing is looked up [KEY-1] [KEY-5]',
    async (text) => {
      const { authenticate, stored } = setUp();
      await expect(authenticate(byKey(text))).rejects.toMatchObject({ code: 'api_key_malformed' });
      expect(stored.lookUps).toBe(0);
    },
  );

  it('that is unknown looks like one whose secret is wrong [KEY-5]', async () => {
    const unknown = await setUp().authenticate(byKey(OTHER.token)).catch(publicPart);
    const wrongSecret = await setUp({ secret_sha256: OTHER.hash }).authenticate(byKey(KEY.token)).catch(publicPart);
    expect(unknown).toMatchObject({ code: 'api_key_invalid' });
    expect(wrongSecret).toEqual(unknown);
  });

  it.each<[string, Partial<ApiKeyRecord>]>([
    ['api_key_revoked', { status: 'revoked' }],
    ['api_key_suspended', { status: 'suspended' }],
    ['api_key_expired', { expires_in_ms: -1 }],
    ['api_key_expired', { expires_in_ms: 0 }],
    ['api_key_owner_inactive', { owner_active: false }],
  ])('is refused as %s only to a holder of the secret: %j [KEY-1] [KEY-5]', async (code, changed) => {
    await expect(setUp(changed).authenticate(byKey(KEY.token))).rejects.toMatchObject({ code });
    const stranger = setUp({ ...changed, secret_sha256: OTHER.hash }).authenticate(byKey(KEY.token));
    await expect(stranger).rejects.toMatchObject({ code: 'api_key_invalid' });
  });

  it('expires at its very moment, also while it is remembered [KEY-1]', async () => {
    const { authenticate, clock } = setUp({ expires_in_ms: 100 });
    clock.time = 0;
    await authenticate(byKey(KEY.token));
    clock.time = 99.9;
    await authenticate(byKey(KEY.token));
    clock.time = 100;
    await expect(authenticate(byKey(KEY.token))).rejects.toMatchObject({ code: 'api_key_expired' });
  });

  it('is looked up at most every half second, so that a revocation is seen within one [KEY-1]', async () => {
    const { authenticate, clock, stored } = setUp();
    await authenticate(byKey(KEY.token));
    stored.record = { ...stored.record, status: 'revoked' };
    clock.time = 499;
    await authenticate(byKey(KEY.token));
    expect(stored.lookUps).toBe(1);
    clock.time = 500;
    await expect(authenticate(byKey(KEY.token))).rejects.toMatchObject({ code: 'api_key_revoked' });
  });

  it('that is wrong is not remembered [KEY-5]', async () => {
    const { authenticate, stored } = setUp({ secret_sha256: OTHER.hash });
    await expect(authenticate(byKey(KEY.token))).rejects.toMatchObject({ code: 'api_key_invalid' });
    stored.record = { ...stored.record, secret_sha256: KEY.hash };
    expect(await authenticate(byKey(KEY.token))).toBeDefined();
  });
});

function publicPart(error: { code: string; title: string; detail: string }) {
  return { code: error.code, title: error.title, detail: error.detail };
}
