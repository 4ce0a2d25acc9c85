import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTenant } from '#libs/testing';
import { end, journalOf, tasksOf } from './goals.js';
import { expectProblem } from './problems.js';
import { type CallJson, TOOLS, ToolScene } from './tool-scene.js';

let scene: ToolScene;

beforeAll(async () => {
  scene = await ToolScene.start();
});
beforeEach(() => scene.begin());
afterAll(() => scene.close());

describe('a call of one tool', () => {
  it('runs built-in tools as well, with files, and gives what they leave [TOL-10, TOL-1]', async () => {
    const files = [{ path: 'in.txt', content_base64: Buffer.from('hello').toString('base64') }];
    const read = await scene.call('read_file', { path: 'in.txt' }, scene.client, { files });
    expect(read).toMatchObject({ status: 200, body: { output: { content: 'hello' } } });
    expect((await scene.client.post(`${TOOLS}/echo/execute`)).body).toMatchObject({ output: {} });
    const write = await scene.call('write_file', { path: 'out.txt', content: 'hello' });
    expect(write).toMatchObject({ status: 200, body: { artifacts: [{ path: 'out.txt', size: 5 }] } });
  });

  it('needs tool:execute and nothing else [TOL-10, TOL-4]', async () => {
    const caller = await scene.signIn(scene.tenant, ['tool:execute']);
    expect(await scene.call('echo', { a: 1 }, caller)).toMatchObject({ status: 200, body: { output: { a: 1 } } });
    const submitter = await scene.signIn(scene.tenant, ['goal:create', 'goal:execute', 'tool:read', 'tool:register']);
    expectProblem(await scene.call('echo', {}, submitter), { status: 403, code: 'permission_denied' });
  });

  it('is refused with the path of what is wrong, and told what failed [TOL-10]', async () => {
    expectProblem(await scene.call('read_file', {}), { path: 'arguments.path' });
    expectProblem(await scene.call('read_file', { path: '../x' }), { path: 'arguments.path' });
    expectProblem(await scene.call('echo', { a: { $ref: 'b.output' } }), { path: 'arguments.a.$ref' });
    expectProblem(await scene.call('http_get', { url: 'http://127.0.0.1:1/' }), { path: 'arguments.url' });
    expectProblem(await scene.call('no_such_tool', {}), { status: 404, code: 'not_found' });
    expectProblem(await scene.client.post(`${TOOLS}/echo/execute`, { argument: {} }), { path: 'argument' });
    const failed = await scene.call('read_file', { path: 'missing.txt' });
    expectProblem(failed, { status: 422, code: 'tool_call_failed', says: /^read_file: / });
    expect(failed.body).toMatchObject({ error: { code: 'file_not_found' } });
    expect(await scene.client.get(`/api/v1/goals/${failed.body.goal_id}`)).toMatchObject({ body: { state: 'FAILED' } });
  });

  it('is made once, also where it might succeed a little later [TOL-10]', async () => {
    const slow = await scene.register(
      scene.lookUp({ http: { method: 'GET', url: `${scene.origin}/slow` }, timeout_seconds: 0.5 }),
    );
    const failed = await scene.call(slow.body.name, { key: 'x' });
    expectProblem(failed, { status: 422, code: 'tool_call_failed' });
    expect(failed.body).toMatchObject({ error: { code: 'tool_timeout' } });
    expect(await tasksOf(scene.client, failed.body.goal_id)).toMatchObject([{ attempts: 1 }]);
    expect(scene.seen).toHaveLength(1);
  });

  it('may bring a secret along, which no record shows [TOL-10, TOL-6]', async () => {
    await scene.register(
      scene.lookUp({
        input_schema: { type: 'object', properties: { api_key: { type: 'string' } }, required: ['api_key'] },
        http: { method: 'GET', url: scene.origin, headers: { 'X-API-Key': { $param: 'api_key' } } },
      }),
    );
    const { body } = await scene.call('look_up', { api_key: 'hush-hush' });
    expect(scene.seen).toMatchObject([{ headers: { 'x-api-key': 'hush-hush' } }]);
    const journal = JSON.stringify(await journalOf(scene.client, body.goal_id));
    expect(journal).toContain('"api_key":"***"');
    expect(journal).not.toContain('hush-hush');
  });

  it('with the same idempotency key is one call [TOL-10]', async () => {
    await scene.register(scene.lookUp());
    const send = () =>
      scene.client.post<CallJson>(
        `${TOOLS}/look_up/execute`,
        { arguments: { key: 'x' } },
        { headers: { 'idempotency-key': 'k' } },
      );
    const [first, second] = [await send(), await send()];
    expect(second.body).toEqual(first.body);
    expect(scene.seen).toHaveLength(1);
  });

  it('that a kill switch holds back is answered as waiting, and goes on once it is lifted [TOL-10, SAF-7]', async () => {
    await scene.client.send('PUT', '/api/v1/kill-switch', { body: { reason: 'test' } });
    const { status, body, headers } = await scene.call('echo', {}, scene.client, { timeout_seconds: 0.01 });
    expect([status, body.state]).toEqual([202, 'RECEIVED']);
    expect(headers.get('location')).toBe(`/api/v1/goals/${body.goal_id}`);
    await scene.client.send('DELETE', '/api/v1/kill-switch');
    expect(await end(scene.client, body.goal_id)).toMatchObject({ state: 'COMPLETED' });
  }, 20_000);
});

describe('a tool that asks', () => {
  it('waits for a person, who sees what will be sent [TOL-10, SAF-3]', async () => {
    await scene.register(scene.deploy());
    const waiting = await scene.call('deploy_site', { key: '1.2.3' });
    expect([waiting.status, waiting.headers.get('location')]).toEqual([202, `/api/v1/goals/${waiting.body.goal_id}`]);
    expect(scene.seen).toEqual([]);
    const approver = await scene.colleague();
    const path = `/api/v1/approvals/${waiting.body.approval_id}`;
    expect((await approver.get(path)).body).toMatchObject({
      state: 'pending',
      action: 'deploy',
      risk: 'HIGH',
      tool: 'deploy_site',
      arguments: { key: '1.2.3' },
    });
    // As long as somebody is asked about it, the name keeps its meaning.
    expect((await scene.remove('deploy_site')).status).toBe(204);
    expectProblem(
      await scene.client.post(TOOLS, scene.deploy({ http: { method: 'POST', url: `${scene.origin}/evil` } })),
      {
        status: 409,
        code: 'tool_name_in_use',
      },
    );
    expect((await approver.post(`${path}/reject`, { reason: 'not today' })).status).toBe(200);
    expect(await end(scene.client, waiting.body.goal_id)).toMatchObject({ state: 'FAILED' });

    await scene.register(scene.deploy());
    const next = await scene.call('deploy_site', { key: '1.2.4' });
    expect((await approver.post(`/api/v1/approvals/${next.body.approval_id}/approve`, {})).status).toBe(200);
    expect(await end(scene.client, next.body.goal_id)).toMatchObject({ state: 'COMPLETED' });
    expect(scene.seen.map(({ line, body }) => [line, body])).toEqual([
      ['POST /deploy', '{"version":"1.2.4","by":"village"}'],
    ]);
  });

  it('asks about DELETE even if its declaration does not [TOL-10, SAF-3]', async () => {
    await scene.register(scene.deploy({ action: undefined, http: { method: 'DELETE', url: `${scene.origin}/{key}` } }));
    const { status, body } = await scene.call('deploy_site', { key: 'x' });
    expect([status, body.approval_id]).toEqual([202, expect.stringMatching(/^appr_/)]);
    expect(scene.seen).toEqual([]);
  });
});

describe('a tool of JavaScript', () => {
  const RELAXED = { approvals: { submitted_wasm_code_needs_approval: false } };

  it('asks as code does, unless the tenant lets code in the sandbox run [TOL-10, SAF-3]', async () => {
    await scene.register(scene.script('input.key.length'));
    expect(await scene.call('script', { key: 'four' })).toMatchObject({ status: 202 });
    const relaxed = await scene.signIn(await createTenant(scene.program.database, { settings: RELAXED }));
    await scene.register(scene.script('input.key.length'), relaxed);
    expect(await scene.call('script', { key: 'four' }, relaxed)).toMatchObject({ status: 200, body: { output: 4 } });
    // What else it is, is asked about all the same.
    await scene.register(scene.script('input.key.length', { name: 'pay', action: 'payment' }), relaxed);
    expect(await scene.call('pay', { key: 'four' }, relaxed)).toMatchObject({ status: 202 });
  });

  it('that never ends is stopped, while everything else goes on [TOL-10, SBX-2]', async () => {
    const relaxed = await scene.signIn(await createTenant(scene.program.database, { settings: RELAXED }));
    await scene.register(scene.script('while (true) {}', { timeout_seconds: 2 }), relaxed);
    const [endless, other] = await Promise.all([
      scene.call('script', { key: 'x' }, relaxed),
      scene.call('echo', { a: 1 }),
    ]);
    expect(other.status).toBe(200);
    expectProblem(endless, { status: 422, code: 'tool_call_failed' });
    expect(endless.body).toMatchObject({ error: { code: 'sandbox_timeout' } });
  }, 20_000);
});
