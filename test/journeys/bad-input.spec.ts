import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId, publicId } from '#libs/kernel';
import {
  type TestAnswer,
  type TestClient,
  type TestProgram,
  type TestTenant,
  createApiKey,
  createTenant,
  startTestProgram,
} from '#libs/testing';
import { type GoalJson, type PageJson, submitted } from './goals.js';
import { type Refusal, expectProblem } from './problems.js';

const GOALS = '/api/v1/goals';
const PLAN = { tasks: [{ id: 'a', tool: 'echo' }] };

let program: TestProgram;
let tenant: TestTenant;
let token: string;
let client: TestClient;

beforeAll(async () => {
  program = await startTestProgram({ ROLE: 'all' });
  tenant = await createTenant(program.database);
  token = (await createApiKey(program.database, tenant)).token;
  client = program.client(token);
});
afterAll(() => program.close());

/** Sends text or bytes as they are. */
async function send(path: string, body: string | Uint8Array, headers: Record<string, string> = {}) {
  const answer = await fetch(new URL(path, program.url), {
    method: 'POST',
    headers: { 'x-api-key': token, 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : Buffer.from(body),
  });
  return { status: answer.status, headers: answer.headers, body: await answer.json() };
}

/** A goal with one field replaced by JSON text. */
const goalWith = (field: string, json: string): string =>
  JSON.stringify({ description: 'x', plan: PLAN, [field]: 0 }).replace(`"${field}":0`, `"${field}":${json}`);

const withArguments = (json: string): string =>
  `{"description":"x","plan":{"tasks":[{"id":"a","tool":"echo","arguments":${json}}]}}`;

async function stored(): Promise<number> {
  return (await client.get<PageJson<GoalJson>>(GOALS)).body.data.length;
}

describe('a field of a goal is refused by its path', () => {
  it.each<[string, object, Refusal]>([
    ['description missing', {}, { path: 'description' }],
    ['description empty', { description: '' }, { path: 'description' }],
    ['description too long', { description: 'x'.repeat(20_001) }, { path: 'description', says: /20000/ }],
    ['description a number', { description: 1 }, { path: 'description', says: /string/ }],
    ['unknown field', { prority: 'low' }, { path: 'prority', says: /Unknown field: leave it out/ }],
    ['unknown field of plan', { plan: { ...PLAN, x: 1 } }, { path: 'plan.x', says: /Unknown/ }],
    ['unknown field of budget', { budget: { euros: 1 } }, { path: 'budget.euros', says: /Unknown/ }],
    ['unknown field of a file', { files: [{ path: 'a', content: 'x' }] }, { path: 'files.0.content' }],
    ['priority', { priority: 'urgent' }, { path: 'priority', says: /low.*critical/ }],
    ['pattern', { pattern: 'choir' }, { path: 'pattern' }],
    ['on_failure', { on_failure: 'ignore' }, { path: 'on_failure' }],
    ['start', { start: 'no' }, { path: 'start' }],
    ['context a list', { context: [] }, { path: 'context', says: /object/ }],
    ['context null', { context: null }, { path: 'context' }],
    ['deadline no date', { deadline: 'tomorrow' }, { path: 'deadline', says: /2026-12-01T/ }],
    ['deadline no such day', { deadline: '2027-02-30T00:00:00Z' }, { path: 'deadline' }],
    ['deadline without a zone', { deadline: '2027-02-01T00:00:00' }, { path: 'deadline' }],
    ['deadline past', { deadline: '2020-01-01T00:00:00.000Z' }, { path: 'deadline', says: /passed.*to come/ }],
    ['budget of half a token', { budget: { tokens: 0.5 } }, { path: 'budget.tokens' }],
    ['budget of too many tokens', { budget: { tokens: 2 ** 53 } }, { path: 'budget.tokens' }],
    ['budget as a number', { budget: { money: 1.5 } }, { path: 'budget.money' }],
    ['budget below nothing', { budget: { money: '-1' } }, { path: 'budget.money', says: /1\.50/ }],
    ['no content', { files: [{ path: 'a' }] }, { path: 'files.0', says: /file.*content_base64/ }],
    [
      'content twice',
      { files: [{ path: 'a', content_base64: '', file: publicId('file', newId()) }] },
      { path: 'files.0' },
    ],
    ['no base64', { files: [{ path: 'a', content_base64: '%' }] }, { path: 'files.0.content_base64', says: /base64/ }],
    [
      'a file’s id of another kind',
      { files: [{ path: 'a', file: publicId('goal', newId()) }] },
      { path: 'files.0.file', says: /file_/ },
    ],
    [
      'a file that is not there',
      { files: [{ path: 'a', file: publicId('file', newId()) }] },
      { code: 'file_unknown', path: 'files.0.file', says: /POST \/api\/v1\/files/ },
    ],
    [
      'a path twice',
      { files: ['a/b', './a//b'].map((path) => ({ path, content_base64: '' })) },
      { path: 'files.1.path', says: /twice/ },
    ],
    [
      'a file as a folder',
      { files: ['a', 'a/b'].map((path) => ({ path, content_base64: '' })) },
      { path: 'files.1.path' },
    ],
    ['the workspace as a file', { files: [{ path: '.', content_base64: '' }] }, { path: 'files.0.path' }],
    [
      '201 files',
      { files: Array.from({ length: 201 }, (_, n) => ({ path: `${n}`, content_base64: '' })) },
      { path: 'files' },
    ],
  ])('%s [ORC-1]', async (what, fields, refusal) => {
    const description = what === 'description missing' ? {} : { description: 'x' };
    const before = await stored();
    expectProblem(await client.post(GOALS, { ...description, plan: PLAN, ...fields }), refusal);
    expect(await stored()).toBe(before);
  });

  it.each([['[]'], ['null'], ['1'], ['"goal"'], ['']])('all of it, being %s [ORC-1]', async (body) => {
    expectProblem(await send(GOALS, body), { path: '(root)', says: /object/ });
  });
});

describe('what nothing can keep is refused by its path', () => {
  it.each<[string, string, string, string]>([
    ['__proto__', GOALS, '{"description":"x","__proto__":{"start":false}}', '__proto__'],
    ['__proto__ in a plan', GOALS, '{"description":"x","plan":{"__proto__":{"tasks":[]}}}', 'plan.__proto__'],
    [
      '__proto__ in a task',
      GOALS,
      '{"description":"x","plan":{"tasks":[{"__proto__":{"id":"a"}}]}}',
      'plan.tasks.0.__proto__',
    ],
    ['__proto__ in arguments', GOALS, withArguments('{"a":[{"__proto__":1}]}'), 'plan.tasks.0.arguments.a.0.__proto__'],
    [
      '__proto__ in a $literal',
      GOALS,
      withArguments('{"a":{"$literal":{"__proto__":1}}}'),
      'plan.tasks.0.arguments.a.$literal.__proto__',
    ],
    [
      '__proto__ spelt out',
      GOALS,
      goalWith('context', String.raw`{"a":{"\u005f\u005fproto__":1}}`),
      'context.a.__proto__',
    ],
    ['a NUL in the description', GOALS, String.raw`{"description":"a\u0000"}`, 'description'],
    ['a NUL in context', GOALS, goalWith('context', String.raw`{"a":["\u0000"]}`), 'context.a.0'],
    ['a NUL in a name', GOALS, goalWith('context', String.raw`{"a":{"\u0000":1}}`), 'context.a'],
    ['a NUL in arguments', GOALS, withArguments(String.raw`{"a":"\u0000"}`), 'plan.tasks.0.arguments.a'],
    ['half of a surrogate pair', GOALS, goalWith('context', String.raw`{"a":"\ud83c"}`), 'context.a'],
    ['a pair the wrong way round', GOALS, goalWith('context', String.raw`{"a":"\udfe1\ud83c"}`), 'context.a'],
    ['an endless number', GOALS, goalWith('context', '{"a":1e999}'), 'context.a'],
    ['a NUL in a query', `${GOALS}?state=%00`, '{}', '$query.state'],
    ['a NUL in a file’s name', '/api/v1/files?name=a%00b', 'x', '$query.name'],
  ])('%s', async (_what, path, body, place) => {
    const answer = path.startsWith(`${GOALS}?`) ? await client.get(path) : await send(path, body);
    expectProblem(answer, { path: place });
  });

  it.each<[string, string | Uint8Array]>([
    ['half of it', '{"description":'],
    ['a comma too many', '{"description":"x",}'],
    ['201 levels', goalWith('context', '{"a":'.repeat(200) + '1' + '}'.repeat(200))],
    ['a million levels', '['.repeat(1_000_000)],
    ['UTF-16', Buffer.from('{}', 'utf16le')],
    ['Latin-1', Buffer.from('{"description":"é"}', 'latin1')],
  ])('no JSON: %s', async (_what, body) => {
    expectProblem(await send(GOALS, body), { code: 'invalid_json' });
  });
});

describe('a body over the limit is refused', () => {
  const echoing = (text: string): string =>
    JSON.stringify({
      description: 'x',
      start: false,
      plan: { tasks: [{ id: 'a', tool: 'echo', arguments: { text } }] },
    });
  const filled = (bytes: number): string => echoing('x'.repeat(bytes - echoing('').length));

  it('beyond 8 MiB for a goal, and not at that [ORC-14]', async () => {
    expect((await send(GOALS, filled(8 * 1024 * 1024))).status).toBe(202);
    const refusal = { status: 413, code: 'body_too_large', says: /8388608 bytes/ };
    expectProblem(await send(GOALS, filled(8 * 1024 * 1024 + 1)), refusal);
  });

  it('beyond 1 MiB elsewhere', async () => {
    const { id } = await submitted(client, { description: 'x', plan: PLAN, start: false });
    const body = `{"reason":"${'x'.repeat(1024 * 1024)}"}`;
    const refusal = { status: 413, code: 'body_too_large', says: /1048576 bytes/ };
    expectProblem(await send(`${GOALS}/${id}/pause`, body), refusal);
  });

  it('of a million tasks, none of which is one, in no time to speak of [ORC-5]', async () => {
    expectProblem(await send(GOALS, goalWith('plan', `{"tasks":[${'0,'.repeat(4_000_000)}0]}`)), {
      path: 'plan.tasks',
    });
  });
});

describe('a request is refused for', () => {
  const MALFORMED = [
    'x',
    'goal_',
    newId(),
    publicId('task', newId()),
    publicId('goal', newId()).toUpperCase(),
    '..%2f',
  ];
  const PARTS = ['', '/tasks', '/journal', '/artifacts', '/events'];

  it.each(MALFORMED)('an id that is none: %s [ORC-14]', async (id) => {
    for (const part of PARTS)
      expectProblem(await client.get(`${GOALS}/${id}${part}`), { status: 404, code: 'not_found' });
    expectProblem(await client.post(`${GOALS}/${id}/cancel`), { status: 404, code: 'not_found' });
  });

  it('an id that nothing has [ORC-14]', async () => {
    const id = publicId('goal', newId());
    for (const part of PARTS)
      expectProblem(await client.get(`${GOALS}/${id}${part}`), { status: 404, code: 'not_found' });
    for (const verb of ['execute', 'pause', 'resume', 'cancel', 'retry']) {
      expectProblem(await client.post(`${GOALS}/${id}/${verb}`), { status: 404, code: 'not_found' });
    }
  });

  it.each<[string, string]>([
    ['limit=0', 'limit'],
    ['limit=201', 'limit'],
    ['limit=-1', 'limit'],
    ['limit=1.5', 'limit'],
    ['limit=abc', 'limit'],
    ['limit=', 'limit'],
    ['limit=1&limit=2', 'limit'],
    ['limit=9999999999999999999', 'limit'],
    ['cursor=', 'cursor'],
    ['cursor=nonsense', 'cursor'],
    ['cursor=W10', 'cursor'],
    [`cursor=${'x'.repeat(2_049)}`, 'cursor'],
    ['x=1', 'x'],
    ['__proto__=1', '__proto__'],
  ])('a query of ?%s, on every list', async (query, name) => {
    const { id } = await submitted(client, { description: 'x', plan: PLAN, start: false });
    for (const list of [
      GOALS,
      `${GOALS}/${id}/tasks`,
      `${GOALS}/${id}/journal`,
      `${GOALS}/${id}/artifacts`,
      '/api/v1/tools',
    ]) {
      expectProblem(await client.get(`${list}?${query}`), { path: `$query.${name}` });
    }
  });

  it('a cursor beyond every number of the database', async () => {
    const { id } = await submitted(client, { description: 'x', plan: PLAN, start: false });
    for (const position of ['2147483648', '9007199254740991', '1e300', '-1', '0.5', '"1"']) {
      const cursor = Buffer.from(position).toString('base64url');
      for (const part of ['tasks', 'journal']) {
        expectProblem(await client.get(`${GOALS}/${id}/${part}?cursor=${cursor}`), { path: '$query.cursor' });
      }
    }
  });

  it.each(['state=DONE', 'state=', 'state=RECEIVED,', 'state=COMPLETED&state=FAILED'])(
    'a filter of ?%s',
    async (query) => {
      expectProblem(await client.get(`${GOALS}?${query}`), { path: /^\$query\.state/ });
    },
  );

  it('a dry run that is neither true nor false', async () => {
    expectProblem(await client.post(`${GOALS}?dry_run=1`, { description: 'x', plan: PLAN }), {
      path: '$query.dry_run',
    });
  });

  it.each<[string, string, string]>([
    ['DELETE', GOALS, 'GET, HEAD, POST'],
    ['PUT', `${GOALS}/${publicId('goal', newId())}`, 'GET'],
    ['GET', `${GOALS}/${publicId('goal', newId())}/cancel`, 'POST'],
    ['PUT', '/api/v1/tools', 'GET, HEAD, POST'],
    ['GET', '/api/v1/files', 'POST'],
  ])('the method %s on %s', async (method, path, allowed) => {
    const answer = await client.send(method, path);
    expectProblem(answer, { status: 405, code: 'method_not_allowed' });
    expect(answer.headers.get('allow')).toContain(allowed);
  });

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/json; charset=utf-16',
    'json',
  ])('the content type %s', async (type) => {
    const answer = await send(GOALS, '{}', { 'content-type': type });
    expectProblem(answer, { status: 415, code: 'unsupported_media_type', says: /application\/json/ });
  });

  it.each(['', ' ', 'é', 'x'.repeat(256), 'a\tb'])('the idempotency key "%s" [ORC-14]', async (key) => {
    const headers = { 'idempotency-key': key };
    const answer = await client.post(GOALS, { description: 'x', plan: PLAN }, { headers });
    expectProblem(answer, { path: '$header.Idempotency-Key', says: /1 to 255/ });
  });

  it.each<[string, unknown, string]>([
    ['an unknown field', { why: 'x' }, 'why'],
    ['a reason too long', { reason: 'x'.repeat(1_001) }, 'reason'],
    ['a reason that is no text', { reason: 1 }, 'reason'],
    ['a list', [], '(root)'],
  ])('a command with %s [ORC-11]', async (_what, body, path) => {
    const { id } = await submitted(client, { description: 'x', plan: PLAN, start: false });
    expectProblem(await client.post(`${GOALS}/${id}/cancel`, body), { path });
  });
});

describe('a key is refused', () => {
  const withKey = (key?: string): Promise<TestAnswer<unknown>> => program.client(key).get<unknown>(GOALS);

  it('that is missing or malformed [KEY-5]', async () => {
    expectProblem(await withKey(), { status: 401, code: 'unauthenticated', says: /X-API-Key/ });
    for (const key of ['x', 'ak_', `${token}x`, token.slice(1), ' ', token.toUpperCase()]) {
      expectProblem(await withKey(key), { status: 401, code: 'api_key_malformed' });
    }
  });

  it.each([
    ['api_key_revoked', `status = 'revoked'`],
    ['api_key_expired', `expires_at = now() - interval '1 day'`],
    ['api_key_suspended', `status = 'suspended'`],
  ])('as %s [KEY-1, KEY-5]', async (code, set) => {
    const key = await createApiKey(program.database, tenant);
    await program.database.tenants.once(tenant.id, `update api_key set ${set} where key_id = $1`, [key.keyId]);
    expectProblem(await withKey(key.token), { status: 401, code });
  });

  it('without the scope, which is named [KEY-5, RBC-6]', async () => {
    const { token: narrow } = await createApiKey(program.database, tenant, { scopes: ['goal:read'] });
    expect((await withKey(narrow)).status).toBe(200);
    const answer = await program.client(narrow).post(GOALS, { description: 'x', plan: PLAN });
    expectProblem(answer, { status: 403, code: 'permission_denied', says: /`goal:create`/ });
    expect(answer.body).toMatchObject({ missing_permissions: ['goal:create'] });
  });

  it('beside a header that names another tenant [TEN-4]', async () => {
    const headers = { 'x-tenant-id': publicId('ten', newId()) };
    expectProblem(await client.get(GOALS, { headers }), { code: 'tenant_mismatch' });
  });
});
