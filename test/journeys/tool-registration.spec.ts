import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { expectProblem } from './problems.js';
import { TOOLS, ToolScene } from './tool-scene.js';

let scene: ToolScene;

beforeAll(async () => {
  scene = await ToolScene.start();
});
beforeEach(() => scene.begin());
afterAll(() => scene.close());

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
    expectProblem(await scene.client.post(TOOLS, scene.lookUp(more)), refusal);
    expect(await scene.own()).toEqual([]);
    expect(await scene.events('tool.registered')).toEqual([]);
  });

  it('is refused for this machine, but for the port that an operator has opened [TOL-10, SAF-4]', async () => {
    const at = (url: string) => scene.lookUp({ http: { method: 'GET', url: `${url}/{key}` } });
    const { port } = new URL(scene.program.url);
    for (const host of ['127.0.0.1', 'localhost', '[::1]', '0x7f.1', '[::ffff:7f00:1]']) {
      const refused = await scene.client.post(TOOLS, at(`http://${host}:${port}`));
      expectProblem(refused, { path: 'http.url', says: /OUTBOUND_ALLOW|no setting opens it/ });
    }
    await scene.register(at(scene.origin));
    expect((await scene.call('look_up', { key: 'x' })).status).toBe(200);
  });

  it('under one name happens once, however many ask at the same time [TOL-10]', async () => {
    const asked = Array.from({ length: 20 }, () => scene.client.post(TOOLS, scene.lookUp()));
    const answers = await Promise.all(asked);
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    for (const refused of answers.filter(({ status }) => status !== 201)) {
      expectProblem(refused, { status: 409, code: 'tool_name_taken' });
    }
    expect(await scene.events('tool.registered')).toHaveLength(1);
  });

  it('ends exactly at the limit, however many ask at the same time [TOL-10]', async () => {
    await scene.program.database.tenants.once(
      scene.tenant.id,
      `insert into tool (tenant_id, id, name, definition, registered_by)
       select $1, gen_random_uuid(), 'tool_' || n, json_build_object('name', 'tool_' || n), '{}' from generate_series(1, 180) n`,
      [scene.tenant.id],
    );
    const asked = Array.from({ length: 50 }, (_, n) => scene.client.post(TOOLS, scene.lookUp({ name: `more_${n}` })));
    const answers = await Promise.all(asked);
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(20);
    for (const refused of answers.filter(({ status }) => status !== 201)) {
      expectProblem(refused, { status: 409, code: 'tool_limit' });
    }
    const [count] = await scene.program.database.tenants.once<{ n: number }>(
      scene.tenant.id,
      'select count(*)::integer as n from tool',
    );
    expect(count).toEqual({ n: 200 });
    // What is stored and can be no tool takes nothing from the others.
    const own = await scene.own();
    expect(own).toHaveLength(20);
    expect((await scene.call(own[0]!, { key: 'x' })).status).toBe(200);
    expect((await scene.remove('tool_1')).status).toBe(204);
    await scene.register(scene.lookUp({ name: 'after_all' }));
  });

  it('with the same idempotency key answers the same [TOL-10]', async () => {
    const send = (body: object) => scene.client.post(TOOLS, body, { headers: { 'idempotency-key': 'once' } });
    const first = await send(scene.lookUp());
    expect(first.status).toBe(201);
    const again = await send(scene.lookUp());
    expect([again.status, again.body]).toEqual([201, first.body]);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expectProblem(await send(scene.lookUp({ name: 'other' })), { status: 409, code: 'idempotency_conflict' });
  });

  it('leaves what is built in alone [TOL-10]', async () => {
    expectProblem(await scene.remove('echo'), { status: 409, code: 'tool_built_in' });
    expect((await scene.client.get(`${TOOLS}/echo`)).status).toBe(200);
  });
});
