import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parsePublicId } from '#libs/kernel';
import {
  type TestClient,
  type TestMember,
  type TestProgram,
  type TestTenant,
  createApiKey,
  createMember,
  createTenant,
  startTestProgram,
} from '#libs/testing';
import { type GoalJson, type PageJson, allOf, end, journalOf, submitted, tasksOf, until } from './goals.js';
import { expectProblem } from './problems.js';

interface HaltedGoal extends GoalJson {
  readonly halted: { readonly scope: string; readonly reason: string | null } | null;
}

let program: TestProgram;
let tenant: TestTenant;
let client: TestClient;

beforeAll(async () => {
  program = await startTestProgram({ ROLE: 'all' });
  tenant = await createTenant(program.database);
  client = program.client((await createApiKey(program.database, tenant)).token);
});
afterAll(() => program.close());

const LONG = 600;
const fanOut = (count: number, seconds: number) =>
  Array.from({ length: count }, (_, n) => ({ id: `t${n}`, tool: 'sleep', arguments: { seconds } }));
const submit = (tasks: readonly object[]) => submitted(client, { description: 'Halted', plan: { tasks } });
const read = async (goal: GoalJson) => (await client.get<HaltedGoal>(`/api/v1/goals/${goal.id}`)).body;

async function stopped(goal: GoalJson): Promise<void> {
  await until(client, goal.id, ({ progress }) => progress.running === 0);
  expect((await read(goal)).state).not.toMatch(/COMPLETED|FAILED|CANCELLED/);
}

describe('the kill switch of the tenant', () => {
  it('stops a fan-out in the middle, starts nothing, and lets it go on when it is lifted [SAF-7]', async () => {
    const goal = await submit([...fanOut(30, LONG), { id: 'quick', tool: 'echo' }]);
    await until(client, goal.id, ({ progress }) => progress.running > 0);
    const engaged = await client.send('PUT', '/api/v1/kill-switch', { body: { reason: 'fire drill' } });
    expect(engaged.body).toMatchObject({ scope: 'tenant', goal_id: null, reason: 'fire drill' });
    await stopped(goal);
    const halted = await read(goal);
    expect(halted.halted).toMatchObject({ scope: 'tenant', reason: 'fire drill' });
    const late = await submit([{ id: 'a', tool: 'echo' }]);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect((await read(late)).state).toBe('RECEIVED');
    expect(await read(goal)).toEqual(halted);
    const { body } = await client.get<PageJson<object>>('/api/v1/kill-switches');
    expect(body.data).toMatchObject([{ scope: 'tenant' }]);

    // Engaged twice is engaged once; whoever was first stays on record.
    expect((await client.send('PUT', '/api/v1/kill-switch')).body).toMatchObject({ reason: 'fire drill' });
    expect((await client.send('DELETE', '/api/v1/kill-switch')).status).toBe(204);
    expectProblem(await client.send('DELETE', '/api/v1/kill-switch'), { status: 404, code: 'not_found' });
    expect((await end(client, late.id)).state).toBe('COMPLETED');
    await until(client, goal.id, ({ progress }) => progress.running > 0);
    expect((await journalOf(client, goal.id)).filter(({ type }) => type === 'goal.halted')).toMatchObject([
      { reason: 'fire drill', data: { scope: 'tenant' } },
    ]);
    await client.post(`/api/v1/goals/${goal.id}/cancel`);
    await end(client, goal.id);
  });

  it('leaves other tenants alone, and lets goals be cancelled meanwhile [SAF-7]', async () => {
    const other = program.client((await createApiKey(program.database, await createTenant(program.database))).token);
    const goal = await submit(fanOut(2, LONG));
    await until(client, goal.id, ({ progress }) => progress.running === 2);
    await client.send('PUT', '/api/v1/kill-switch');
    const theirs = await submitted(other, { description: 'Free', plan: { tasks: [{ id: 'a', tool: 'echo' }] } });
    expect((await end(other, theirs.id)).state).toBe('COMPLETED');
    expect((await other.get<PageJson<object>>('/api/v1/kill-switches')).body.data).toEqual([]);
    await stopped(goal);
    await client.post(`/api/v1/goals/${goal.id}/cancel`);
    expect((await end(client, goal.id)).state).toBe('CANCELLED');
    expect((await tasksOf(client, goal.id)).every(({ state }) => state === 'CANCELLED')).toBe(true);
    await client.send('DELETE', '/api/v1/kill-switch');
  });
});

describe('the kill switch of a goal', () => {
  it('stops this one only, and is gone once the goal has ended [SAF-7]', async () => {
    const [goal, neighbour] = [await submit(fanOut(3, LONG)), await submit(fanOut(1, LONG))];
    for (const each of [goal, neighbour]) await until(client, each.id, ({ progress }) => progress.running > 0);
    const path = `/api/v1/goals/${goal.id}/kill-switch`;
    expect((await client.send('PUT', path)).body).toMatchObject({ scope: 'goal', goal_id: goal.id });
    await stopped(goal);
    expect((await read(neighbour)).progress.running).toBe(1);
    expect((await client.send('DELETE', path)).status).toBe(204);
    await until(client, goal.id, ({ progress }) => progress.running === 3);

    await client.send('PUT', path);
    expect(await switches()).toMatchObject([{ scope: 'goal', goal_id: goal.id }]);
    for (const each of [goal, neighbour]) {
      await client.post(`/api/v1/goals/${each.id}/cancel`);
      await end(client, each.id);
    }
    expect(await switches()).toEqual([]);
    expect((await read(goal)).halted).toBeNull();
    expectProblem(await client.send('DELETE', path), { status: 404, code: 'not_found' });
    expectProblem(await client.send('PUT', path), { status: 409, code: 'goal_final' });
    // Whatever is engaged or lifted next takes it away.
    await client.send('PUT', '/api/v1/kill-switch');
    await client.send('DELETE', '/api/v1/kill-switch');
    const rows = await program.database.system.once('select from kill_switch where tenant_id = $1', [tenant.id]);
    expect(rows).toEqual([]);
  });

  it('is not engaged over a goal that ends at the same moment [SAF-7]', async () => {
    const goal = await submitted(client, { description: 'Held', plan: { tasks: fanOut(1, LONG) }, start: false });
    const answer = await program.database.system.run(async (transaction) => {
      await transaction.query(`update goal set state = 'CANCELLED' where id = $1`, [parsePublicId('goal', goal.id)]);
      const asked = client.send('PUT', `/api/v1/goals/${goal.id}/kill-switch`);
      await new Promise((resolve) => setTimeout(resolve, 300));
      return { asked };
    });
    expectProblem(await answer.asked, { status: 409, code: 'goal_final' });
  });

  it('is lifted by somebody else than who submitted the goal, unless they alone engaged it [SAF-7]', async () => {
    const [own, other] = [await operator(), await operator()];
    const goal = await submitted(own.client, { description: 'Mine', plan: { tasks: fanOut(1, LONG) } });
    const path = `/api/v1/goals/${goal.id}/kill-switch`;
    const anotherKey = program.client((await createApiKey(program.database, tenant, { owner: own.member })).token);

    await own.client.send('PUT', path, { body: { reason: 'oops' } });
    expect((await anotherKey.send('DELETE', path)).status).toBe(204);

    await other.client.send('PUT', path);
    expectProblem(await own.client.send('DELETE', path), { status: 403, code: 'own_request' });
    expectProblem(await anotherKey.send('DELETE', path), { status: 403, code: 'own_request' });
    expect((await other.client.send('DELETE', path)).status).toBe(204);

    // To be first does not help against somebody who engages it, too.
    await own.client.send('PUT', path, { body: { reason: 'mine' } });
    expect((await other.client.send('PUT', path, { body: { reason: 'late' } })).body).toMatchObject({ reason: 'mine' });
    await own.client.send('PUT', path);
    expectProblem(await own.client.send('DELETE', path), { status: 403, code: 'own_request' });
    expect((await other.client.send('DELETE', path)).status).toBe(204);

    await client.send('PATCH', `/api/v1/tenants/${tenant.publicId}/config`, {
      body: { approvals: { requester_may_approve: true } },
    });
    await other.client.send('PUT', path);
    expect((await own.client.send('DELETE', path)).status).toBe(204);
    await client.send('PATCH', `/api/v1/tenants/${tenant.publicId}/config`, {
      body: { approvals: { requester_may_approve: null } },
    });
    await client.post(`/api/v1/goals/${goal.id}/cancel`);
    await end(client, goal.id);
  });
});

describe('kill switches', () => {
  it('are engaged by whoever runs goals, and lifted by whoever may: the tenant’s by its admins [SAF-7, RBC-1]', async () => {
    const { client: runs } = await operator();
    expect((await runs.send('PUT', '/api/v1/kill-switch')).status).toBe(200);
    expectProblem(await runs.send('DELETE', '/api/v1/kill-switch'), { status: 403, code: 'permission_denied' });
    expect((await client.send('DELETE', '/api/v1/kill-switch')).status).toBe(204);
  });

  it('are listed with the widest first, page by page [SAF-7]', async () => {
    const goals = await Promise.all([1, 2, 3].map(() => submit(fanOut(1, LONG))));
    for (const { id } of goals) await client.send('PUT', `/api/v1/goals/${id}/kill-switch`);
    // The narrow ones are older than the wide one.
    await client.send('PUT', '/api/v1/kill-switch');
    const listed = await allOf<{ scope: string; goal_id: string | null }>(client, '/api/v1/kill-switches', 1);
    expect(listed.map(({ goal_id }) => goal_id)).toEqual([null, ...goals.map(({ id }) => id)]);
    await client.send('DELETE', '/api/v1/kill-switch');
    for (const { id } of goals) await client.post(`/api/v1/goals/${id}/cancel`);
    for (const { id } of goals) await end(client, id);
  });

  it('engaged and lifted by many at once are always answered [SAF-7]', async () => {
    const admin = await systemAdmin();
    const methods = Array.from({ length: 40 }, (_, n) => (n % 2 === 0 ? 'PUT' : 'DELETE'));
    for (const [caller, path] of [
      [client, '/api/v1/kill-switch'],
      [admin, '/api/v1/admin/kill-switch'],
    ] as const) {
      const answers = await Promise.all(methods.map(async (method) => (await caller.send(method, path)).status));
      expect(answers.filter((_, n) => n % 2 === 0).every((status) => status === 200)).toBe(true);
      expect(answers.filter((_, n) => n % 2 === 1).every((status) => status === 204 || status === 404)).toBe(true);
      await caller.send('DELETE', path);
    }
  });
});

describe('the kill switch for everything', () => {
  it('stops all tenants, and is for platform administrators only [SAF-7, RBC-1]', async () => {
    expectProblem(await client.send('PUT', '/api/v1/admin/kill-switch'), { status: 403, code: 'permission_denied' });
    const admin = await systemAdmin();
    const goal = await submit(fanOut(2, LONG));
    await until(client, goal.id, ({ progress }) => progress.running === 2);
    const engaged = await admin.send('PUT', '/api/v1/admin/kill-switch', { body: { reason: 'incident 7' } });
    expect(engaged.body).toMatchObject({ scope: 'installation', reason: 'incident 7' });
    await stopped(goal);
    expect((await read(goal)).halted).toMatchObject({ scope: 'installation' });
    expect((await admin.send('DELETE', '/api/v1/admin/kill-switch')).status).toBe(204);
    await until(client, goal.id, ({ progress }) => progress.running === 2);
    await client.post(`/api/v1/goals/${goal.id}/cancel`);
    await end(client, goal.id);
  });

  it('tells who engaged it, and why, to administrators only [SAF-7]', async () => {
    const home = await createTenant(program.database);
    const admin = await systemAdmin(home);
    const goal = await submit(fanOut(1, LONG));
    await until(client, goal.id, ({ progress }) => progress.running === 1);
    const body = { reason: 'the customer Initech attacks us' };
    const { body: engaged } = await admin.send('PUT', '/api/v1/admin/kill-switch', { body });
    expect(engaged).toMatchObject({ engaged_by: { kind: 'api_key', name: 'test key' }, ...body });
    await stopped(goal);
    const operatorOnly = { kind: 'system', id: 'operator', name: 'the operator of the installation' };
    expect((await read(goal)).halted).toEqual({ scope: 'installation', by: operatorOnly, reason: null });
    expect(await switches()).toMatchObject([{ scope: 'installation', engaged_by: operatorOnly, reason: null }]);
    const rows = (await journalOf(client, goal.id)).filter(({ type }) => type === 'goal.halted');
    expect(rows).toMatchObject([{ actor: operatorOnly, reason: null, data: { scope: 'installation' } }]);
    const dry = await client.post('/api/v1/goals?dry_run=true', { description: 'Dry', plan: { tasks: fanOut(1, 1) } });
    const told = await program.database.tenants.once<{ event: string }>(
      tenant.id,
      'select row_to_json(event)::text as event from event where tenant_id = $1',
      [tenant.id],
    );
    expect(told.some(({ event }) => event.includes('goal.halted'))).toBe(true);
    for (const text of [JSON.stringify(dry.body), ...told.map(({ event }) => event)]) {
      expect(text).not.toContain('Initech');
      expect(text).not.toContain((engaged['engaged_by'] as { id: string }).id);
    }
    // Not even a hole in what is asked would show it: the application's role may not read the columns.
    await expect(
      program.database.tenants.once(tenant.id, 'select reason from installation_switch'),
    ).rejects.toMatchObject({ code: expect.any(String) });

    await admin.send('DELETE', '/api/v1/admin/kill-switch');
    const own = await program.database.system.once<{ type: string; actor: object; data: object }>(
      'select type, actor, data from event where tenant_id = $1 order by id',
      [home.id],
    );
    expect(own.filter(({ type }) => type.startsWith('kill_switch'))).toMatchObject([
      { type: 'kill_switch.engaged', actor: { name: 'test key' }, data: { scope: 'installation', ...body } },
      { type: 'kill_switch.lifted', data: { scope: 'installation' } },
    ]);
    await client.post(`/api/v1/goals/${goal.id}/cancel`);
    await end(client, goal.id);
  });
});

async function switches(): Promise<readonly object[]> {
  return (await client.get<PageJson<object>>('/api/v1/kill-switches')).body.data;
}

async function operator(): Promise<{ readonly client: TestClient; readonly member: TestMember }> {
  const member = await createMember(program.database, tenant, ['OPERATOR']);
  return { member, client: program.client((await createApiKey(program.database, tenant, { owner: member })).token) };
}

async function systemAdmin(of?: TestTenant): Promise<TestClient> {
  const home = of ?? (await createTenant(program.database));
  const owner = await createMember(program.database, home, ['VIEWER']);
  await program.database.system.once('update user_account set is_system_admin = true where id = $1', [owner.id]);
  return program.client((await createApiKey(program.database, home, { owner, scopes: ['admin:full'] })).token);
}
