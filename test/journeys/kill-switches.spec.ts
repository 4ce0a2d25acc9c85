import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type TestClient,
  type TestProgram,
  type TestTenant,
  createApiKey,
  createMember,
  createTenant,
  startTestProgram,
} from '#libs/testing';
import { type GoalJson, type PageJson, end, journalOf, submitted, tasksOf, until } from './goals.js';
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
    for (const each of [goal, neighbour]) {
      await client.post(`/api/v1/goals/${each.id}/cancel`);
      await end(client, each.id);
    }
    expectProblem(await client.send('PUT', path), { status: 409, code: 'goal_final' });
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
});

async function systemAdmin(): Promise<TestClient> {
  const home = await createTenant(program.database);
  const owner = await createMember(program.database, home, ['VIEWER']);
  await program.database.system.once('update user_account set is_system_admin = true where id = $1', [owner.id]);
  return program.client((await createApiKey(program.database, home, { owner, scopes: ['admin:full'] })).token);
}
