import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTenant } from '#libs/testing';
import { type GoalJson, allOf, end, journalOf, submitted, tasksOf, until } from './goals.js';
import { expectProblem } from './problems.js';
import { TOOLS, type ToolJson, ToolScene } from './tool-scene.js';

let scene: ToolScene;

beforeAll(async () => {
  scene = await ToolScene.start();
});
beforeEach(() => scene.begin());
afterAll(() => scene.close());

describe('a tool of a tenant', () => {
  it('is registered, listed, used in a plan, called alone, and deleted [TOL-10, TOL-5, TOL-6, WRK-1]', async () => {
    const definition = scene.lookUp();
    const made = await scene.register(definition);
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
    expect(await scene.events('tool.registered')).toMatchObject([
      { category: 'DATA_MUTATION', data: { name: 'look_up', definition } },
    ]);

    const all = await allOf<ToolJson>(scene.client, TOOLS, 5);
    const names = all.map(({ name }) => name);
    expect(names).toEqual(names.toSorted());
    expect(all.filter(({ source }) => source === 'tenant').map(({ name }) => name)).toEqual(['look_up']);
    const needs = new Map(all.map((tool) => [tool.name, tool.needs]));
    expect(['echo', 'http_get', 'look_up', 'read_file'].map((name) => needs.get(name))).toEqual([
      'task_execution',
      'web_operations',
      'web_operations',
      'file_operations',
    ]);
    expect(names).toEqual(expect.arrayContaining(['echo', 'http_get', 'look_up', 'run_command']));
    expect((await scene.client.get(`${TOOLS}/look_up`)).body).toEqual(made.body);
    expect((await scene.client.get(`${TOOLS}/echo`)).body).toMatchObject({ source: 'built_in', definition: null });

    const { id } = await submitted(scene.client, {
      description: 'Look up what was looked up',
      plan: {
        tasks: [
          { id: 'one', tool: 'look_up', arguments: { key: 'a b' } },
          { id: 'two', tool: 'look_up', arguments: { key: { $ref: 'one.output.body.rows.0.n' }, lang: 'de' } },
        ],
      },
    });
    expect(await end(scene.client, id)).toMatchObject({ state: 'COMPLETED' });
    expect(scene.seen.map(({ line, headers }) => [line, headers['x-lang']])).toEqual([
      ['GET /v1/a%20b', undefined],
      ['GET /v1/7?lang=de', 'de'],
    ]);
    const completed = (await journalOf(scene.client, id)).filter(({ type }) => type === 'task.completed');
    expect(completed[1]?.data).toMatchObject({ call: { tool: 'look_up', arguments: { key: 7, lang: 'de' } } });

    const { status, body } = await scene.call('look_up', { key: 'x' });
    expect(status).toBe(200);
    expect(body).toMatchObject({ output: { status: 200, body: { line: '/v1/x' } }, artifacts: [] });
    expect(await scene.client.get(`/api/v1/goals/${body.goal_id}`)).toMatchObject({ body: { state: 'COMPLETED' } });
    expect(await tasksOf(scene.client, body.goal_id)).toMatchObject([{ id: body.task_id, key: 'call', attempts: 1 }]);

    expect((await scene.remove('look_up')).status).toBe(204);
    expect(await scene.events('tool.deleted')).toMatchObject([
      { category: 'DATA_MUTATION', data: { name: 'look_up' } },
    ]);
    expectProblem(await scene.client.get(`${TOOLS}/look_up`), { status: 404, code: 'not_found' });
    expectProblem(await scene.call('look_up', { key: 'x' }), { status: 404, code: 'not_found' });
    expectProblem(await scene.remove('look_up'), { status: 404, code: 'not_found' });
    const plan = { tasks: [{ id: 'a', tool: 'look_up', arguments: { key: 'x' } }] };
    expectProblem(await scene.client.post('/api/v1/goals', { description: 'x', plan }), {
      path: 'plan.tasks.0.tool',
      says: /There is no tool/,
    });
    // Under the same name there may be another one, once no goal means the old one.
    await scene.register(scene.deploy({ name: 'look_up' }));
  });

  it('that is deleted ends the running goals that call it, with a clear code [TOL-10]', async () => {
    await scene.register(scene.lookUp());
    const tasks = [
      { id: 'wait', tool: 'sleep', arguments: { seconds: 0.8 } },
      { id: 'look', tool: 'look_up', arguments: { key: 'x' }, depends_on: ['wait'] },
    ];
    const { id } = await submitted(scene.client, { description: 'Loses its tool', plan: { tasks } });
    await until(scene.client, id, ({ progress }) => progress.running === 1);
    expect((await scene.remove('look_up')).status).toBe(204);
    // What the goal means by the name must not change under it.
    expectProblem(await scene.client.post(TOOLS, scene.deploy({ name: 'look_up' })), {
      status: 409,
      code: 'tool_name_in_use',
    });
    expect(await end(scene.client, id)).toMatchObject({ state: 'FAILED' });
    const [, look] = await tasksOf(scene.client, id);
    expect(look).toMatchObject({ state: 'FAILED', error: { code: 'unknown_tool' } });
    expect(scene.seen).toEqual([]);
    await scene.register(scene.deploy({ name: 'look_up' }));
  });

  it('is nobody else’s [TOL-10, TEN-5]', async () => {
    await scene.register(scene.lookUp());
    const other = await scene.signIn(await createTenant(scene.program.database));
    expect(await scene.own(other)).toEqual([]);
    expectProblem(await other.get(`${TOOLS}/look_up`), { status: 404, code: 'not_found' });
    expectProblem(await scene.remove('look_up', other), { status: 404, code: 'not_found' });
    expectProblem(await scene.call('look_up', { key: 'x' }, other), { status: 404, code: 'not_found' });
    const plan = { tasks: [{ id: 'a', tool: 'look_up', arguments: { key: 'x' } }] };
    expectProblem(await other.post('/api/v1/goals', { description: 'x', plan }), { path: 'plan.tasks.0.tool' });
    // The name is free there, and means what that tenant registers.
    await scene.register(scene.lookUp({ http: { method: 'GET', url: `${scene.origin}/other/{key}` } }), other);
    expect((await scene.call('look_up', { key: 'x' }, other)).body.output.body).toMatchObject({ line: '/other/x' });
    expect((await scene.call('look_up', { key: 'x' })).body.output.body).toMatchObject({ line: '/v1/x' });
    expect(scene.seen.map(({ line }) => line)).toEqual(['GET /other/x', 'GET /v1/x']);
  });

  it('is known to other processes within a second [TOL-10]', async () => {
    // Another process of the same installation: rows and a notification are all that it gets.
    await allOf<ToolJson>(scene.client, TOOLS);
    const definition = JSON.stringify(scene.lookUp({ name: 'from_afar' }));
    await scene.program.database.tenants.once(
      scene.tenant.id,
      `insert into tool (tenant_id, id, name, definition, registered_by) values ($1, gen_random_uuid(), 'from_afar', $2, '{}')`,
      [scene.tenant.id, definition],
    );
    await expect.poll(() => scene.own(), { timeout: 5_000, interval: 50 }).toEqual(['from_afar']);
  });

  it('that leads inside by now is refused before anything is stored [TOL-10, SAF-4]', async () => {
    // As if an operator had closed what was open when it was registered.
    const url = `${scene.program.url.replace('localhost', '127.0.0.1')}/{key}`;
    const definition = JSON.stringify(scene.lookUp({ http: { method: 'GET', url } }));
    await scene.program.database.tenants.once(
      scene.tenant.id,
      `insert into tool (tenant_id, id, name, definition, registered_by) values ($1, gen_random_uuid(), 'look_up', $2, '{}')`,
      [scene.tenant.id, definition],
    );
    await expect.poll(() => scene.own(), { timeout: 5_000, interval: 50 }).toEqual(['look_up']);
    expectProblem(await scene.call('look_up', { key: 'x' }), { path: 'arguments.url', says: /OUTBOUND_ALLOW/ });
  });
});

describe('the arguments of a tool of a tenant', () => {
  it('are checked where a plan is submitted, as far as they are known [TOL-10, TOL-5]', async () => {
    await scene.register(scene.lookUp());
    const submit = (given: object) =>
      scene.client.post<GoalJson>('/api/v1/goals', {
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
    expect(await end(scene.client, body.id)).toMatchObject({ state: 'FAILED' });
    expect((await tasksOf(scene.client, body.id))[1]).toMatchObject({ error: { code: 'invalid_arguments' } });
  });

  it('cannot lead a request anywhere else [TOL-10, SAF-4]', async () => {
    await scene.register(scene.lookUp());
    for (const key of [
      '../../admin',
      '%2f..%2fadmin',
      '@evil.example',
      '//evil.example',
      '\\evil',
      'x\r\nHost: evil',
    ]) {
      const { status, body } = await scene.call('look_up', { key, lang: 'x&admin=1#' });
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
      const refused = await scene.call('look_up', given);
      expectProblem(refused, { status: 422, code: 'tool_call_failed', says });
      expect(refused.body).toMatchObject({
        error: { code: 'invalid_arguments' },
        goal_id: expect.any(String) as string,
      });
    }
    expect(new Set(scene.seen.map(({ headers }) => headers.host))).toEqual(new Set([new URL(scene.origin).host]));
  });
});
