import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId, publicId } from '#libs/kernel';
import type { TestClient } from '#libs/testing';
import { type TestEdge, startEdge } from './edge-server.js';
import { SampleController } from './sample.controller.js';

let edge: TestEdge;
let client: TestClient;
beforeAll(async () => {
  edge = await startEdge([SampleController]);
  client = await edge.signIn();
});
afterAll(() => edge.close());

/** Sends bytes as they are. */
async function send(path: string, body: string | Buffer, headers: Record<string, string> = {}) {
  const answer = await fetch(`${edge.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: new Uint8Array(Buffer.from(body)),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);

describe('a body', () => {
  it('is refused with the path of each thing that is wrong', async () => {
    const answer = await client.post('/sample/things', { name: '', steps: [{}, { tool: 'a', extra: 1 }], nmae: 'x' });
    expect(answer.body).toMatchObject({ status: 400, code: 'invalid_input' });
    const errors = answer.body['errors'] as { path: string; message: string }[];
    expect(errors.map(({ path }) => path).toSorted()).toEqual(['name', 'nmae', 'steps.0.tool', 'steps.1.extra']);
    expect(errors.find(({ path }) => path === 'nmae')?.message).toMatch(/Unknown field/);
    expect((await client.post('/sample/things')).body).toMatchObject({ status: 400, errors: [{ path: '(root)' }] });
  });

  it('may hold anything in fields that are the user’s, and comes through untouched', async () => {
    const context = { constructor: { prototype: 1 }, 'snake_case and camelCase': [1, null, '€ 🏡'], toString: 'x' };
    const answer = await client.post('/sample/things', { name: 'a', context });
    expect(answer.status).toBe(201);
    expect(answer.body).toEqual({ name: 'a', context });
  });

  it.each([
    ['__proto__ at the root', '{"name":"a","__proto__":{"admin":true}}', '__proto__'],
    ['__proto__ inside', '{"name":"a","context":{"a":[{"__proto__":1}]}}', 'context.a.0.__proto__'],
    ['__proto__ in disguise', String.raw`{"name":"a","context":{"\u005f_proto__":1}}`, 'context.__proto__'],
    ['a NUL character', String.raw`{"name":"a\u0000b"}`, 'name'],
    ['a NUL character in a name', String.raw`{"name":"a","context":{"a\u0000":1}}`, 'context'],
    ['half of a surrogate pair', String.raw`{"name":"a","context":{"x":["\ud83c"]}}`, 'context.x.0'],
    ['a number beyond all bounds', '{"name":"a","context":{"x":1e999}}', 'context.x'],
    ['a number of a thousand digits', `{"name":"a","context":{"x":${'9'.repeat(1000)}}}`, 'context.x'],
  ])('is refused by its path for %s', async (_what, text, path) => {
    const answer = await send('/sample/echo', text);
    expect(answer.body).toMatchObject({ status: 400, code: 'invalid_input', errors: [{ path }] });
  });

  it('may be nested 200 levels deep and not one more; 100,000 levels harm nobody', async () => {
    expect((await send('/sample/echo', nested(200))).status).toBe(201);
    for (const depth of [201, 100_000]) {
      const answer = await send('/sample/echo', nested(depth));
      expect(answer.body).toMatchObject({ status: 400, code: 'invalid_json' });
    }
    const brackets = JSON.stringify({ text: '['.repeat(1000), escaped: '\\"[[' });
    expect((await send('/sample/echo', brackets)).status).toBe(201);
  });

  it.each([
    ['nothing of the kind', 'name=a'],
    ['cut off', '{"name":'],
    ['followed by more', '{} {}'],
    ['not UTF-8', Buffer.from([0x22, 0xff, 0x22])],
    ['in UTF-16', Buffer.from('{}', 'utf16le')],
    ['an unpaired surrogate in bytes', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22])],
  ])('that is not JSON but %s is refused', async (_what, bytes) => {
    const answer = await send('/sample/echo', bytes);
    expect(answer.body).toMatchObject({ status: 400, code: 'invalid_json' });
    expect(answer.body['detail']).not.toContain('name=a');
  });

  it('may begin with a byte order mark, and of duplicate names the last one counts', async () => {
    expect((await send('/sample/echo', '\ufeff{"a":1,"a":2}')).body).toEqual({ input: { a: 2 } });
  });

  it('may be left out where a route needs none', async () => {
    expect((await send('/sample/echo', '')).body).toEqual({});
    expect((await client.post('/sample/echo')).status).toBe(201);
  });

  it.each([
    ['text/plain', {}],
    ['application/x-www-form-urlencoded', {}],
    ['application/json; charset=latin1', {}],
    ['not a type', {}],
    ['application/json', { 'content-encoding': 'gzip' }],
  ])('is refused as %s %o', async (type, headers) => {
    const answer = await send('/sample/echo', '{}', { 'content-type': type, ...headers });
    expect(answer.body).toMatchObject({ status: 415, code: 'unsupported_media_type' });
  });

  it('is limited to 1 MiB unless the route says otherwise', async () => {
    const text = (bytes: number): string => JSON.stringify('x'.repeat(bytes - 2));
    expect((await send('/sample/echo', text(1_048_576))).status).toBe(201);
    expect((await send('/sample/echo', text(1_048_577))).body).toMatchObject({ status: 413, code: 'body_too_large' });
    expect((await send('/sample/small', text(10))).status).toBe(201);
    expect((await send('/sample/small', text(11))).body).toMatchObject({ status: 413, code: 'body_too_large' });
  });

  it('is limited also when it does not say how long it is', async () => {
    const { hostname, port } = new URL(edge.url);
    const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
    const headers = { 'content-type': 'application/json', 'transfer-encoding': 'chunked' };
    const upload = request({ hostname, port, method: 'POST', path: '/sample/small', headers }, (answer) => {
      resolve(answer.resume().statusCode);
    }).on('error', reject);
    upload.write('"aaaaaaaaaa');
    upload.write('bbbbbbbbbb"');
    expect(await promise).toBe(413);
    upload.destroy();
  });
});

describe('a raw upload', () => {
  it.each(['application/json', 'text/plain', 'application/octet-stream', 'image/png'])(
    'reaches its handler as a stream, untouched, as %s',
    async (type) => {
      const answer = await send('/sample/raw', Buffer.alloc(2_000_000, 0x7b), { 'content-type': type });
      expect(answer.body).toEqual({ size: 2_000_000, inside: true });
    },
  );

  it.each([
    ['in a form', { 'content-type': 'multipart/form-data; boundary=x' }],
    ['compressed', { 'content-encoding': 'gzip' }],
  ])('is refused %s, which nobody would unwrap', async (_how, headers) => {
    const answer = await send('/sample/raw', 'x', headers);
    expect(answer.body).toMatchObject({ status: 415, code: 'unsupported_media_type' });
    expect(answer.body['detail']).toContain('--data-binary @file');
  });

  it('is refused before it is sent when it says that it is too large', async () => {
    expect((await send('/sample/raw', Buffer.alloc(3_000_001))).status).toBe(413);
  });
});

describe('a body whose sender goes away', () => {
  it.each(['/sample/echo', '/sample/raw'])('is no failure of ours on %s', async (path) => {
    const { hostname, port } = new URL(edge.url);
    const from = edge.log.length;
    const headers = { 'content-type': 'application/json', 'content-length': '1000' };
    const upload = request({ hostname, port, method: 'POST', path, headers }).on('error', () => undefined);
    upload.write('"aaaaaaaaaa', () => setTimeout(() => upload.destroy(), 50));
    const lines = () => edge.log.slice(from);
    await expect.poll(() => lines().find(({ code }) => code === 'bad_request')).toMatchObject({ level: 'debug' });
    expect(lines().filter(({ level }) => level === 'error')).toEqual([]);
  });
});

describe('a query', () => {
  it.each([
    ['limit=0', '$query.limit'],
    ['limit=201', '$query.limit'],
    ['limit=ten', '$query.limit'],
    ['limit=1.5', '$query.limit'],
    ['limit=1&limit=2', '$query.limit'],
    ['cursor=nonsense', '$query.cursor'],
    ['cursor=e30', '$query.cursor'],
    ['limti=1', '$query.limti'],
    ['__proto__=1', '$query.__proto__'],
    ['cursor=%00', '$query.cursor'],
  ])('%s is refused by its path', async (query, path) => {
    const answer = await client.get(`/sample/things?${query}`);
    expect(answer.body).toMatchObject({ status: 400, code: 'invalid_input', errors: [{ path }] });
  });

  it.each([
    ['GET', 'any'],
    ['GET', `things/${publicId('goal', newId())}`],
    ['POST', 'things'],
    ['POST', 'echo'],
  ])('is refused whole where %s %s takes none, before the body is looked at', async (method, route) => {
    const body = method === 'POST' ? { body: { not: 'looked at' } } : {};
    const ask = (query: string) => client.send(method, `/sample/${route}?${query}`, body);
    const detail = '$query.dry_run: Unknown field: leave it out. (and 1 more)';
    const errors = [{ path: '$query.dry_run' }, { path: '$query.x' }];
    expect((await ask('dry_run=true&x=1')).body).toMatchObject({ status: 400, code: 'invalid_input', detail, errors });
    expect((await ask('dry_run')).body).toMatchObject({ status: 400, errors: [{ path: '$query.dry_run' }] });
    expect(JSON.stringify((await ask('')).body)).not.toContain('$query');
  });

  it('has 50 items a page by default, and a cursor that comes back', async () => {
    const first = await client.get<{ next_cursor: string }>('/sample/things');
    expect(first.body).toMatchObject({ limit: 50, position: null });
    const second = await client.get(`/sample/things?limit=200&cursor=${first.body.next_cursor}`);
    expect(second.body).toMatchObject({ limit: 200, position: { after: 7 } });
  });
});

describe('an id in a path', () => {
  const uuid = newId();

  it('is a prefix and 26 characters', async () => {
    expect((await client.get(`/sample/things/${publicId('goal', uuid)}`)).body).toEqual({ id: uuid });
  });

  it.each([
    ['of another kind', publicId('task', uuid)],
    ['a UUID', uuid],
    ['in upper case', publicId('goal', uuid).toUpperCase()],
    ['too long for any router', `goal_${'a'.repeat(5000)}`],
    ['with a NUL', 'goal_%00'],
    ['nothing', '%20'],
  ])('that is %s is not found', async (_what, id) => {
    const answer = await client.get(`/sample/things/${id}`);
    expect(answer.body).toMatchObject({ status: 404, code: 'not_found' });
  });
});
