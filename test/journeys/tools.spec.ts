import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '#libs/kernel';
import {
  type TestAnswer,
  type TestClient,
  type TestProgram,
  type TestTenant,
  createApiKey,
  createMember,
  createTenant,
  startTestProgram,
} from '#libs/testing';
import { type GoalJson, allOf, end, journalOf, submitted, tasksOf, until } from './goals.js';
import { expectProblem } from './problems.js';

const TOOLS = '/api/v1/tools';

interface Seen {
  readonly line: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}
interface ToolJson {
  readonly name: string;
  readonly source: string;
  readonly definition: JsonObject | null;
}
interface CallJson {
  readonly goal_id: string;
  readonly task_id: string;
  readonly output: JsonValue & { readonly status: number; readonly body: JsonValue };
  readonly state: string;
  readonly approval_id: string;
}

let server: Server;
let origin: string;
/** What has reached the server since the test began. */
let seen: Seen[];
let program: TestProgram;
let tenant: TestTenant;
let client: TestClient;

beforeAll(async () => {
  server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const entry = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  origin = `http://${entry}`;
  program = await startTestProgram({ ROLE: 'all', OUTBOUND_ALLOW: entry });
});
afterAll(async () => {
  await program.close();
  server.closeAllConnections();
  server.close();
});
beforeEach(async () => {
  seen = [];
  tenant = await createTenant(program.database);
  client = await signIn(tenant);
});

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  seen.push({ line: `${request.method} ${request.url}`, headers: request.headers, body });
  if (request.url === '/slow') await new Promise((resolve) => setTimeout(resolve, 1500));
  response.setHeader('content-type', 'application/json').end(JSON.stringify({ line: request.url, rows: [{ n: 7 }] }));
}

async function signIn(to: TestTenant, scopes?: readonly string[]): Promise<TestClient> {
  return program.client((await createApiKey(program.database, to, scopes ? { scopes } : {})).token);
}

function lookUp(more: object = {}) {
  return {
    name: 'look_up',
    description: 'Looks something up.',
    input_schema: {
      type: 'object',
      properties: { key: { type: ['string', 'number'] }, lang: { type: 'string' } },
      required: ['key'],
      additionalProperties: false,
    },
    permission_level: 'READ_ONLY',
    risk: 'LOW',
    effect: 'idempotent',
    http: { method: 'GET', url: `${origin}/v1/{key}?lang={lang}`, headers: { 'x-lang': { $param: 'lang' } } },
    ...more,
  };
}

function deploy(more: object = {}) {
  return lookUp({
    name: 'deploy_site',
    description: 'Deploys the site.',
    permission_level: 'READ_WRITE',
    risk: 'HIGH',
    effect: 'non_idempotent',
    action: 'deploy',
    http: { method: 'POST', url: `${origin}/deploy`, body: { version: { $param: 'key' }, by: 'village' } },
    ...more,
  });
}

function script(code: string, more: object = {}) {
  const { http: _http, ...declared } = lookUp();
  return { ...declared, name: 'script', permission_level: 'EXECUTE', risk: 'MEDIUM', javascript: { code }, ...more };
}

async function register(definition: object, by = client): Promise<TestAnswer<ToolJson>> {
  const made = await by.post<ToolJson>(TOOLS, definition);
  expect(made.status, JSON.stringify(made.body)).toBe(201);
  return made;
}

const call = (name: string, given: JsonObject, by = client, more: object = {}) =>
  by.post<CallJson>(`${TOOLS}/${name}/execute`, { arguments: given, ...more });
const remove = (name: string, by = client) => by.send('DELETE', `${TOOLS}/${name}`);
const events = (type: string) =>
  program.database.tenants.once<{ type: string; data: JsonObject }>(
    tenant.id,
    'select type, category, actor, data from event where type = $1',
    [type],
  );

describe('a tool of a tenant', () => {
  it('is registered, listed, used in a plan, called alone, and deleted [TOL-10, TOL-5, TOL-6]', async () => {
    const definition = lookUp();
    const made = await register(definition);
    expect(made.headers.get('location')).toBe(`${TOOLS}/look_up`);
    expect(made.body).toMatchObject({
      name: 'look_up',
      source: 'tenant',
      effect: 'idempotent',
      idempotent: true,
      action: null,
      timeout_seconds: 30,
      definition,
      registered_by: { kind: 'api_key', name: 'test key' },
    });
    expect(await events('tool.registered')).toMatchObject([
      { category: 'DATA_MUTATION', data: { name: 'look_up', definition } },
    ]);

    const all = await allOf<ToolJson>(client, TOOLS, 5);
    const names = all.map(({ name }) => name);
    expect(names).toEqual(names.toSorted());
    expect(all.filter(({ source }) => source === 'tenant').map(({ name }) => name)).toEqual(['look_up']);
    expect(names).toEqual(expect.arrayContaining(['echo', 'http_get', 'look_up', 'run_command']));
    expect((await client.get(`${TOOLS}/look_up`)).body).toEqual(made.body);
    expect((await client.get(`${TOOLS}/echo`)).body).toMatchObject({ source: 'built_in', definition: null });

    const { id } = await submitted(client, {
      description: 'Look up what was looked up',
      plan: {
        tasks: [
          { id: 'one', tool: 'look_up', arguments: { key: 'a b' } },
          { id: 'two', tool: 'look_up', arguments: { key: { $ref: 'one.output.body.rows.0.n' }, lang: 'de' } },
        ],
      },
    });
    expect(await end(client, id)).toMatchObject({ state: 'COMPLETED' });
    expect(seen.map(({ line, headers }) => [line, headers['x-lang']])).toEqual([
      ['GET /v1/a%20b', undefined],
      ['GET /v1/7?lang=de', 'de'],
    ]);
    const completed = (await journalOf(client, id)).filter(({ type }) => type === 'task.completed');
    expect(completed[1]?.data).toMatchObject({ call: { tool: 'look_up', arguments: { key: 7, lang: 'de' } } });

    const { status, body } = await call('look_up', { key: 'x' });
    expect(status).toBe(200);
    expect(body).toMatchObject({ output: { status: 200, body: { line: '/v1/x' } }, artifacts: [] });
    expect(await client.get(`/api/v1/goals/${body.goal_id}`)).toMatchObject({ body: { state: 'COMPLETED' } });
    expect(await tasksOf(client, body.goal_id)).toMatchObject([{ id: body.task_id, key: 'call', attempts: 1 }]);

    expect((await remove('look_up')).status).toBe(204);
    expect(await events('tool.deleted')).toMatchObject([{ category: 'DATA_MUTATION', data: { name: 'look_up' } }]);
    expectProblem(await client.get(`${TOOLS}/look_up`), { status: 404, code: 'not_found' });
    expectProblem(await call('look_up', { key: 'x' }), { status: 404, code: 'not_found' });
    expectProblem(await remove('look_up'), { status: 404, code: 'not_found' });
    const plan = { tasks: [{ id: 'a', tool: 'look_up', arguments: { key: 'x' } }] };
    expectProblem(await client.post('/api/v1/goals', { description: 'x', plan }), {
      path: 'plan.tasks.0.tool',
      says: /There is no tool/,
    });
    // Under the same name there may be another one, once no goal means the old one.
    await register(deploy({ name: 'look_up' }));
  });

  it('that is deleted ends the running goals that call it, with a clear code [TOL-10]', async () => {
    await register(lookUp());
    const tasks = [
      { id: 'wait', tool: 'sleep', arguments: { seconds: 0.8 } },
      { id: 'look', tool: 'look_up', arguments: { key: 'x' }, depends_on: ['wait'] },
    ];
    const { id } = await submitted(client, { description: 'Loses its tool', plan: { tasks } });
    await until(client, id, ({ progress }) => progress.running === 1);
    expect((await remove('look_up')).status).toBe(204);
    // What the goal means by the name must not change under it.
    expectProblem(await client.post(TOOLS, deploy({ name: 'look_up' })), { status: 409, code: 'tool_name_in_use' });
    expect(await end(client, id)).toMatchObject({ state: 'FAILED' });
    const [, look] = await tasksOf(client, id);
    expect(look).toMatchObject({ state: 'FAILED', error: { code: 'unknown_tool' } });
    expect(seen).toEqual([]);
    await register(deploy({ name: 'look_up' }));
  });

  it('is nobody else’s [TOL-10, TEN-5]', async () => {
    await register(lookUp());
    const other = await signIn(await createTenant(program.database));
    expect((await allOf<ToolJson>(other, TOOLS)).map(({ name }) => name)).not.toContain('look_up');
    expectProblem(await other.get(`${TOOLS}/look_up`), { status: 404, code: 'not_found' });
    expectProblem(await remove('look_up', other), { status: 404, code: 'not_found' });
    expectProblem(await call('look_up', { key: 'x' }, other), { status: 404, code: 'not_found' });
    const plan = { tasks: [{ id: 'a', tool: 'look_up', arguments: { key: 'x' } }] };
    expectProblem(await other.post('/api/v1/goals', { description: 'x', plan }), { path: 'plan.tasks.0.tool' });
    // The name is free there, and means what that tenant registers.
    await register(lookUp({ http: { method: 'GET', url: `${origin}/other/{key}` } }), other);
    expect((await call('look_up', { key: 'x' }, other)).body.output.body).toMatchObject({ line: '/other/x' });
    expect((await call('look_up', { key: 'x' })).body.output.body).toMatchObject({ line: '/v1/x' });
    expect(seen.map(({ line }) => line)).toEqual(['GET /other/x', 'GET /v1/x']);
  });

  it('is known to other processes within a second [TOL-10]', async () => {
    // Another process of the same installation: rows and a notification are all that it gets.
    await allOf<ToolJson>(client, TOOLS);
    const definition = JSON.stringify(lookUp({ name: 'from_afar' }));
    await program.database.tenants.once(
      tenant.id,
      `insert into tool (tenant_id, id, name, definition, registered_by) values ($1, gen_random_uuid(), 'from_afar', $2, '{}')`,
      [tenant.id, definition],
    );
    const known = async () => (await allOf<ToolJson>(client, TOOLS)).some(({ name }) => name === 'from_afar');
    await expect.poll(known, { timeout: 5_000, interval: 50 }).toBe(true);
  });
});

describe('the arguments of a tool of a tenant', () => {
  it('are checked where a plan is submitted, as far as they are known [TOL-10, TOL-5]', async () => {
    await register(lookUp());
    const submit = (given: object) =>
      client.post<GoalJson>('/api/v1/goals', {
        description: 'x',
        plan: {
          tasks: [
            { id: 'one', tool: 'echo', arguments: { deep: { er: 1 } } },
            { id: 'two', tool: 'look_up', arguments: given },
          ],
        },
      });
    const at = 'plan.tasks.1.arguments';
    expectProblem(await submit({}), { path: `${at}.key`, says: /is required/ });
    expectProblem(await submit({ key: 'x', more: 1 }), { path: `${at}.more`, says: /not known/ });
    expectProblem(await submit({ key: { $ref: 'one.output' }, lang: 5 }), { path: `${at}.lang`, says: /string/ });
    const { body } = await submit({ key: { $ref: 'one.output.deep' } });
    expect(await end(client, body.id)).toMatchObject({ state: 'FAILED' });
    expect((await tasksOf(client, body.id))[1]).toMatchObject({ error: { code: 'invalid_arguments' } });
  });

  it('cannot lead a request anywhere else [TOL-10, SAF-4]', async () => {
    await register(lookUp());
    for (const key of [
      '../../admin',
      '%2f..%2fadmin',
      '@evil.example',
      '//evil.example',
      '\\evil',
      'x\r\nHost: evil',
    ]) {
      const { status, body } = await call('look_up', { key, lang: 'x&admin=1#' });
      expect([key, status, body.output.body]).toEqual([
        key,
        200,
        expect.objectContaining({ line: `/v1/${encodeURIComponent(key)}?lang=x%26admin%3D1%23` }),
      ]);
    }
    for (const [given, says] of [
      [{ key: '..' }, /another path/],
      [{ key: '.' }, /another path/],
      [{ key: '' }, /must not be empty/],
      [{ key: 'x', lang: 'a\r\nx-evil: 1' }, /line breaks/],
    ] as const) {
      const refused = await call('look_up', given);
      expectProblem(refused, { status: 422, code: 'tool_call_failed', says });
      expect(refused.body).toMatchObject({
        error: { code: 'invalid_arguments' },
        goal_id: expect.any(String) as string,
      });
    }
    expect(new Set(seen.map(({ headers }) => headers.host))).toEqual(new Set([new URL(origin).host]));
  });
});

describe('the registration of a tool', () => {
  it.each<[string, object, Parameters<typeof expectProblem>[1]]>([
    ['a host of the caller’s choice', { http: { method: 'GET', url: 'http://{key}/' } }, { path: 'http.url' }],
    ['an address inside', { http: { method: 'GET', url: 'http://10.0.0.1/{key}' } }, { path: 'http.url' }],
    ['the metadata of a cloud', { http: { method: 'GET', url: 'http://169.254.169.254/{key}' } }, { path: 'http.url' }],
    [
      'a secret',
      { http: { method: 'GET', url: 'https://x.example/', headers: { 'X-API-Key': 'k' } } },
      { path: 'http.headers.X-API-Key', says: /looks like a secret/ },
    ],
    ['a pure request', { effect: 'pure' }, { path: 'effect', says: /at least `idempotent`/ }],
    ['a risk that no goal may run', { risk: 'CRITICAL' }, { path: 'risk', says: /no goal may run/ }],
    ['arguments without names', { input_schema: { type: 'array' } }, { path: 'input_schema.type' }],
    ['a schema that is none', { input_schema: { type: 'object', required: 1 } }, { path: 'input_schema.required' }],
    ['a name of another form', { name: 'Look-Up' }, { path: 'name', says: /snake_case/ }],
    ['a name that is too long', { name: 'a'.repeat(65) }, { path: 'name' }],
    ['two kinds of work', { javascript: { code: '1' } }, { says: /exactly one/ }],
    ['no work at all', { http: undefined }, { says: /exactly one/ }],
    ['a field that nobody knows', { colour: 'red' }, { path: 'colour' }],
    [
      'a header that is a list',
      { http: { method: 'GET', url: 'https://x.example/', headers: { a: [] } } },
      { path: 'http.headers.a' },
    ],
    [
      'too much',
      { description: 'x', input_schema: { type: 'object', description: 'x'.repeat(66_000) } },
      { says: /64 KiB/ },
    ],
    ['the name of a built-in tool', { name: 'http_get' }, { status: 409, code: 'tool_name_taken' }],
  ])('is refused with %s [TOL-10]', async (_, more, refusal) => {
    expectProblem(await client.post(TOOLS, lookUp(more)), refusal);
    expect((await allOf<ToolJson>(client, TOOLS)).every(({ source }) => source === 'built_in')).toBe(true);
    expect(await events('tool.registered')).toEqual([]);
  });

  it('under one name happens once, however many ask at the same time [TOL-10]', async () => {
    const asked = Array.from({ length: 20 }, () => client.post(TOOLS, lookUp()));
    const answers = await Promise.all(asked);
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    for (const refused of answers.filter(({ status }) => status !== 201)) {
      expectProblem(refused, { status: 409, code: 'tool_name_taken' });
    }
    expect(await events('tool.registered')).toHaveLength(1);
  });

  it('ends exactly at the limit, however many ask at the same time [TOL-10]', async () => {
    await program.database.tenants.once(
      tenant.id,
      `insert into tool (tenant_id, id, name, definition, registered_by)
       select $1, gen_random_uuid(), 'tool_' || n, json_build_object('name', 'tool_' || n), '{}' from generate_series(1, 180) n`,
      [tenant.id],
    );
    const asked = Array.from({ length: 50 }, (_, n) => client.post(TOOLS, lookUp({ name: `more_${n}` })));
    const answers = await Promise.all(asked);
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(20);
    for (const refused of answers.filter(({ status }) => status !== 201)) {
      expectProblem(refused, { status: 409, code: 'tool_limit' });
    }
    const [count] = await program.database.tenants.once<{ n: number }>(
      tenant.id,
      'select count(*)::integer as n from tool',
    );
    expect(count).toEqual({ n: 200 });
    // What is stored and can be no tool takes nothing from the others.
    const own = (await allOf<ToolJson>(client, TOOLS)).filter(({ source }) => source === 'tenant');
    expect(own).toHaveLength(20);
    expect((await call(own[0]!.name, { key: 'x' })).status).toBe(200);
    expect((await remove('tool_1')).status).toBe(204);
    await register(lookUp({ name: 'after_all' }));
  });

  it('with the same idempotency key answers the same [TOL-10]', async () => {
    const send = (body: object) => client.post(TOOLS, body, { headers: { 'idempotency-key': 'once' } });
    const first = await send(lookUp());
    expect(first.status).toBe(201);
    const again = await send(lookUp());
    expect([again.status, again.body]).toEqual([201, first.body]);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expectProblem(await send(lookUp({ name: 'other' })), { status: 409, code: 'idempotency_conflict' });
  });

  it('leaves what is built in alone [TOL-10]', async () => {
    expectProblem(await remove('echo'), { status: 409, code: 'tool_built_in' });
    expect((await client.get(`${TOOLS}/echo`)).status).toBe(200);
  });
});

describe('a call of one tool', () => {
  it('runs built-in tools as well, with files, and gives what they leave [TOL-10, TOL-1]', async () => {
    const files = [{ path: 'in.txt', content_base64: Buffer.from('hello').toString('base64') }];
    const read = await call('read_file', { path: 'in.txt' }, client, { files });
    expect(read).toMatchObject({ status: 200, body: { output: { content: 'hello' } } });
    const write = await call('write_file', { path: 'out.txt', content: 'hello' });
    expect(write).toMatchObject({ status: 200, body: { artifacts: [{ path: 'out.txt', size: 5 }] } });
  });

  it('needs tool:execute and nothing else [TOL-10, TOL-4]', async () => {
    const caller = await signIn(tenant, ['tool:execute']);
    expect(await call('echo', { a: 1 }, caller)).toMatchObject({ status: 200, body: { output: { a: 1 } } });
    const submitter = await signIn(tenant, ['goal:create', 'goal:execute', 'tool:read', 'tool:register']);
    expectProblem(await call('echo', {}, submitter), { status: 403, code: 'permission_denied' });
  });

  it('is refused with the path of what is wrong, and told what failed [TOL-10]', async () => {
    expectProblem(await call('read_file', {}), { path: 'arguments.path' });
    expectProblem(await call('read_file', { path: '../x' }), { path: 'arguments.path' });
    expectProblem(await call('echo', { a: { $ref: 'b.output' } }), { path: 'arguments.a.$ref' });
    expectProblem(await call('http_get', { url: 'http://127.0.0.1:1/' }), { path: 'arguments.url' });
    expectProblem(await call('no_such_tool', {}), { status: 404, code: 'not_found' });
    expectProblem(await client.post(`${TOOLS}/echo/execute`, { argument: {} }), { path: 'argument' });
    const failed = await call('read_file', { path: 'missing.txt' });
    expectProblem(failed, { status: 422, code: 'tool_call_failed', says: /^read_file: / });
    expect(failed.body).toMatchObject({ error: { code: 'file_not_found' } });
    expect(await client.get(`/api/v1/goals/${failed.body.goal_id}`)).toMatchObject({ body: { state: 'FAILED' } });
  });

  it('is made once, also where it might succeed a little later [TOL-10]', async () => {
    const slow = await register(lookUp({ http: { method: 'GET', url: `${origin}/slow` }, timeout_seconds: 0.5 }));
    const failed = await call(slow.body.name, { key: 'x' });
    expectProblem(failed, { status: 422, code: 'tool_call_failed' });
    expect(failed.body).toMatchObject({ error: { code: 'tool_timeout' } });
    expect(await tasksOf(client, failed.body.goal_id)).toMatchObject([{ attempts: 1 }]);
    expect(seen).toHaveLength(1);
  });

  it('with the same idempotency key is one call [TOL-10]', async () => {
    await register(lookUp());
    const send = () =>
      client.post<CallJson>(
        `${TOOLS}/look_up/execute`,
        { arguments: { key: 'x' } },
        { headers: { 'idempotency-key': 'k' } },
      );
    const [first, second] = [await send(), await send()];
    expect(second.body).toEqual(first.body);
    expect(seen).toHaveLength(1);
  });

  it('that a kill switch holds back is answered as waiting, and goes on once it is lifted [TOL-10, SAF-7]', async () => {
    await client.send('PUT', '/api/v1/kill-switch', { body: { reason: 'test' } });
    const { status, body, headers } = await call('echo', {}, client, { timeout_seconds: 0.01 });
    expect([status, body.state]).toEqual([202, 'RECEIVED']);
    expect(headers.get('location')).toBe(`/api/v1/goals/${body.goal_id}`);
    await client.send('DELETE', '/api/v1/kill-switch');
    expect(await end(client, body.goal_id)).toMatchObject({ state: 'COMPLETED' });
  }, 20_000);
});

describe('a tool that asks', () => {
  it('waits for a person, who sees what will be sent [TOL-10, SAF-3]', async () => {
    await register(deploy());
    const waiting = await call('deploy_site', { key: '1.2.3' });
    expect([waiting.status, waiting.headers.get('location')]).toEqual([202, `/api/v1/goals/${waiting.body.goal_id}`]);
    expect(seen).toEqual([]);
    const approver = await signIn(await colleagueOf(tenant));
    const path = `/api/v1/approvals/${waiting.body.approval_id}`;
    expect((await approver.get(path)).body).toMatchObject({
      state: 'pending',
      action: 'deploy',
      risk: 'HIGH',
      tool: 'deploy_site',
      arguments: { key: '1.2.3' },
    });
    // As long as somebody is asked about it, the name keeps its meaning.
    expect((await remove('deploy_site')).status).toBe(204);
    expectProblem(await client.post(TOOLS, deploy({ http: { method: 'POST', url: `${origin}/evil` } })), {
      status: 409,
      code: 'tool_name_in_use',
    });
    expect((await approver.post(`${path}/reject`, { reason: 'not today' })).status).toBe(200);
    expect(await end(client, waiting.body.goal_id)).toMatchObject({ state: 'FAILED' });

    await register(deploy());
    const next = await call('deploy_site', { key: '1.2.4' });
    expect((await approver.post(`/api/v1/approvals/${next.body.approval_id}/approve`, {})).status).toBe(200);
    expect(await end(client, next.body.goal_id)).toMatchObject({ state: 'COMPLETED' });
    expect(seen.map(({ line, body }) => [line, body])).toEqual([
      ['POST /deploy', '{"version":"1.2.4","by":"village"}'],
    ]);
  });

  it('asks about DELETE even if its declaration does not [TOL-10, SAF-3]', async () => {
    await register(deploy({ action: undefined, http: { method: 'DELETE', url: `${origin}/{key}` } }));
    const { status, body } = await call('deploy_site', { key: 'x' });
    expect([status, body.approval_id]).toEqual([202, expect.stringMatching(/^appr_/)]);
    expect(seen).toEqual([]);
  });
});

describe('a tool of JavaScript', () => {
  const RELAXED = { approvals: { submitted_wasm_code_needs_approval: false } };

  it('asks as code does, unless the tenant lets code in the sandbox run [TOL-10, SAF-3]', async () => {
    await register(script('input.key.length'));
    expect(await call('script', { key: 'four' })).toMatchObject({ status: 202 });
    const relaxed = await signIn(await createTenant(program.database, { settings: RELAXED }));
    await register(script('input.key.length'), relaxed);
    expect(await call('script', { key: 'four' }, relaxed)).toMatchObject({ status: 200, body: { output: 4 } });
    // What else it is, is asked about all the same.
    await register(script('input.key.length', { name: 'pay', action: 'payment' }), relaxed);
    expect(await call('pay', { key: 'four' }, relaxed)).toMatchObject({ status: 202 });
  });

  it('that never ends is stopped, while everything else goes on [TOL-10, SBX-2]', async () => {
    const relaxed = await signIn(await createTenant(program.database, { settings: RELAXED }));
    await register(script('while (true) {}', { timeout_seconds: 2 }), relaxed);
    const [endless, other] = await Promise.all([call('script', { key: 'x' }, relaxed), call('echo', { a: 1 })]);
    expect(other.status).toBe(200);
    expectProblem(endless, { status: 422, code: 'tool_call_failed' });
    expect(endless.body).toMatchObject({ error: { code: 'sandbox_timeout' } });
  }, 20_000);
});

/** Another tenant admin, since nobody approves their own request. */
async function colleagueOf(of: TestTenant): Promise<TestTenant> {
  return { ...of, admin: await createMember(program.database, of, ['TENANT_ADMIN']) };
}
