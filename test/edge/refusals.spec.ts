import { connect } from 'node:net';
import { Controller, Get } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { publicId, newId } from '#libs/kernel';
import { Public } from '#libs/http';
import { createTenant } from '#libs/testing';
import { type TestEdge, startEdge } from './edge-server.js';
import { SampleController } from './sample.controller.js';

let edge: TestEdge;
beforeAll(async () => {
  edge = await startEdge([SampleController]);
});
afterAll(() => edge.close());

describe('every refusal', () => {
  it('is a problem document that names the request and explains the code', async () => {
    const answer = await edge.anonymous().get('/sample/any');
    expect(answer.status).toBe(401);
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
    expect(answer.body).toEqual({
      type: 'http://village.test/docs/errors#unauthenticated',
      title: expect.any(String),
      status: 401,
      detail: expect.stringContaining('X-API-Key'),
      code: 'unauthenticated',
      request_id: answer.headers.get('x-request-id'),
    });
  });

  it('tells nothing of an error that nobody foresaw, and logs it under the request id', async () => {
    const answer = await edge.anonymous().get('/sample/broken');
    expect(answer.status).toBe(500);
    expect(answer.body).toMatchObject({ code: 'internal_error' });
    const { request_id: _random, ...said } = answer.body;
    expect(JSON.stringify(said)).not.toMatch(/42|Error:|\.ts/);
    expect(answer.headers.get('location')).toBeNull();
    const line = edge.log.find(
      (entry) => entry['level'] === 'error' && entry['request_id'] === answer.body['request_id'],
    );
    expect(line?.['err']).toMatchObject({ message: 'the secret is 42' });
  });

  it('has an answer for a path that is not there and for a method that a path does not have', async () => {
    expect((await edge.anonymous().get('/sample/none')).body).toMatchObject({ status: 404, code: 'route_not_found' });
    expect((await edge.anonymous().get('/api/v1/%ZZ')).body).toMatchObject({ status: 404, code: 'route_not_found' });
    const answer = await edge.anonymous().send('DELETE', '/sample/things/goal_x');
    expect(answer.body).toMatchObject({ status: 405, code: 'method_not_allowed' });
    expect(answer.headers.get('allow')).toBe('GET, HEAD');
  });

  it('is a page for somebody who follows a wrong link, and a document for every program', async () => {
    const look = (path: string, accept: string) => fetch(edge.url + path, { headers: { accept } });
    const browser = 'text/html,application/xhtml+xml,*/*;q=0.8';
    const page = await look('/nowhere', browser);
    expect(page.status).toBe(404);
    expect(page.headers.get('content-type')).toMatch(/^text\/html/);
    expect(await page.text()).toContain('href="/docs/errors#route_not_found"');
    for (const answer of [await look('/nowhere', '*/*'), await look('/api/v1/nowhere', browser)]) {
      expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    }
  });

  it('covers what is no HTTP request at all', async () => {
    const garbled = await raw('GET / HTTP/1.1\r\nHost: x\r\nbad header\r\n\r\n');
    expect(garbled).toMatch(
      /^HTTP\/1\.1 400 [\s\S]*application\/problem\+json[\s\S]*X-Request-ID: [\s\S]*"code":"bad_request"/,
    );
    const homeless = await raw('GET / HTTP/1.1\r\nConnection: close\r\n\r\n');
    expect(homeless).toMatch(/^HTTP\/1\.1 400 [\s\S]*application\/problem\+json[\s\S]*`Host`/);
    const demanding = await raw('GET / HTTP/1.1\r\nHost: x\r\nExpect: tea\r\nConnection: close\r\n\r\n');
    expect(demanding).toMatch(/^HTTP\/1\.1 400 [\s\S]*`Expect`/);
    const large = await raw(`GET / HTTP/1.1\r\nHost: x\r\nX-Large: ${'a'.repeat(20_000)}\r\n\r\n`);
    expect(large).toMatch(/^HTTP\/1\.1 431 [\s\S]*"code":"headers_too_large"/);
  });
});

describe('the request id', () => {
  it('is on every answer and is never taken over from the caller', async () => {
    const forged = { 'x-request-id': 'forged' };
    const answer = await edge.anonymous().get('/sample/public', { headers: forged });
    expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(answer.body).toMatchObject({ request_id: answer.headers.get('x-request-id'), principal: null });
    const missing = await edge.anonymous().get('/nothing/here', { headers: forged });
    expect(missing.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('stays that of its own request when many run at the same time [TEN-7]', async () => {
    const client = edge.anonymous();
    const answers = await Promise.all(Array.from({ length: 50 }, () => client.get('/sample/public')));
    for (const answer of answers) expect(answer.body['request_id']).toBe(answer.headers.get('x-request-id'));
  });
});

describe('who may call a route', () => {
  it('depends on the permission that it requires [RBC-6]', async () => {
    const client = await edge.signIn(['goal:read']);
    const refused = await client.get('/sample/erase');
    expect(refused.body).toMatchObject({
      status: 403,
      code: 'permission_denied',
      detail: expect.stringContaining('`tenant:manage`'),
      missing_permissions: ['tenant:manage'],
    });
    expect((await client.get('/sample/things')).status).toBe(200);
    expect((await client.get('/sample/any')).body).toMatchObject({ tenant: edge.tenant.id });
  });

  it('is decided before the body is read [RBC-6]', async () => {
    const answer = await edge.anonymous().send('POST', '/sample/things', { headers: { 'content-type': 'text/plain' } });
    expect(answer.status).toBe(401);
  });

  it('is not influenced by headers that name a tenant [TEN-4]', async () => {
    const other = await createTenant(edge.database);
    const client = await edge.signIn();
    const name = (value: string) => client.get('/sample/any', { headers: { 'x-tenant-id': value } });
    expect((await name(edge.tenant.publicId)).body).toMatchObject({ tenant: edge.tenant.id });
    for (const forged of [other.publicId, publicId('ten', newId()), edge.tenant.id, '', `${edge.tenant.publicId}, x`]) {
      expect((await name(forged)).body).toMatchObject({ status: 400, code: 'tenant_mismatch' });
    }
  });

  it('is nobody while the tenant is suspended [TEN-8]', async () => {
    const client = await edge.signIn();
    const suspend = (status: string, reason: string | null) =>
      edge.database.system.once('update tenant set status = $2, suspension_reason = $3 where id = $1', [
        edge.tenant.id,
        status,
        reason,
      ]);
    await suspend('SUSPENDED', 'admin');
    await expect.poll(async () => (await client.get('/sample/any')).body['code']).toBe('tenant_suspended');
    await suspend('ACTIVE', null);
    await expect.poll(async () => (await client.get('/sample/any')).status).toBe(200);
  });
});

describe('a route that declares neither @Public nor @Requires', () => {
  @Controller('forgotten')
  class ForgottenController {
    @Get()
    find() {
      return 'secret';
    }
    @Get('fine')
    @Public()
    fine() {
      return 'open';
    }
  }

  it('keeps the program from starting and is named [RBC-6]', async () => {
    await expect(startEdge([ForgottenController])).rejects.toThrow(
      /neither @Public\(\) nor @Requires.*GET \/forgotten, HEAD \/forgotten$/,
    );
  });
});

describe('while the program does not serve', () => {
  it('refuses work and says so to monitors [OBS-4, WRK-3]', async () => {
    const stopping = await startEdge([SampleController]);
    try {
      expect((await stopping.anonymous().get('/health/ready')).body).toEqual({ status: 'ready' });
      await stopping.drain.run(100);
      const refused = await stopping.anonymous().get('/sample/public');
      expect(refused.body).toMatchObject({ status: 503, code: 'unavailable' });
      expect(refused.headers.get('retry-after')).toBe('5');
      expect((await stopping.anonymous().get('/health/ready')).body).toMatchObject({
        status: 503,
        code: 'unavailable',
      });
      expect((await stopping.anonymous().get('/health')).body).toMatchObject({ status: 'ok' });
    } finally {
      await stopping.close();
    }
  });
});

describe('answers', () => {
  it('carry a strict content security policy and are kept by nobody', async () => {
    const { headers } = await edge.anonymous().get('/sample/public');
    expect(headers.get('content-security-policy')).toMatch(/default-src 'none';script-src 'self';style-src 'self'/);
    expect(headers.get('content-security-policy')).not.toContain('unsafe');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('strict-transport-security')).toBeNull();
    expect(headers.get('access-control-allow-origin')).toBeNull();
  });

  it('are open to pages of the named origins only', async () => {
    const open = await startEdge([SampleController], { CORS_ORIGINS: 'https://app.example.com' });
    try {
      const preflight = (origin: string) =>
        open.anonymous().send('OPTIONS', '/sample/things', {
          headers: { origin, 'access-control-request-method': 'POST' },
        });
      const allowed = await preflight('https://app.example.com');
      expect(allowed.status).toBe(204);
      expect(allowed.headers.get('access-control-allow-origin')).toBe('https://app.example.com');
      expect(allowed.headers.get('access-control-allow-credentials')).toBeNull();
      expect(allowed.headers.get('x-request-id')).toBeTruthy();
      const plain = await open.anonymous().send('OPTIONS', '/sample/things');
      expect(plain.status).toBe(204);
      const refused = await preflight('https://evil.example.com');
      expect(refused.headers.get('access-control-allow-origin')).toBeNull();
    } finally {
      await open.close();
    }
  });
});

it('knows the caller by the connection, whatever proxy headers say [RLM-7]', async () => {
  const headers = { 'x-forwarded-for': '8.8.8.8', 'x-real-ip': '8.8.8.8', forwarded: 'for=8.8.8.8' };
  const answer = await edge.anonymous().get('/sample/public', { headers });
  expect(answer.body).toMatchObject({ address: '127.0.0.1' });
});

function raw(text: string): Promise<string> {
  const { hostname, port } = new URL(edge.url);
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let received = '';
  connect(Number(port), hostname)
    .on('data', (chunk: Buffer) => (received += chunk.toString()))
    .on('close', () => resolve(received))
    .on('error', reject)
    .write(text);
  return promise;
}
