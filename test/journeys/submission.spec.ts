import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type TestClient,
  type TestProgram,
  type TestTenant,
  createApiKey,
  createTenant,
  startTestProgram,
} from '#libs/testing';
import { type GoalJson, type PageJson, allOf, end, submitted, tasksOf, until } from './goals.js';
import { expectProblem } from './problems.js';

const GOALS = '/api/v1/goals';
const HELD = { description: 'Held', start: false, plan: { tasks: [{ id: 'a', tool: 'echo' }] } };

let program: TestProgram;
let tenant: TestTenant;
let client: TestClient;

beforeAll(async () => {
  program = await startTestProgram({ ROLE: 'all', ENGINE_GOALS: '1' });
  tenant = await createTenant(program.database);
  client = await signIn(tenant);
});
afterAll(() => program.close());

async function signIn(to: TestTenant): Promise<TestClient> {
  return program.client((await createApiKey(program.database, to)).token);
}

/** Rows of the tenant in every table that has any. */
async function rows(): Promise<Record<string, number>> {
  const tables = await program.database.tenants.once<{ name: string }>(
    tenant.id,
    `select table_name as name from information_schema.columns where column_name = 'tenant_id' and table_schema = 'public'`,
  );
  const counts: Record<string, number> = {};
  for (const { name } of tables) {
    const [row] = await program.database.tenants.once<{ n: string }>(tenant.id, `select count(*) as n from ${name}`);
    counts[name] = Number(row?.n);
  }
  return counts;
}

describe('a goal with an idempotency key', () => {
  const under = (key: string, by = client, body: object = HELD) =>
    by.post<GoalJson>(GOALS, body, { headers: { 'idempotency-key': key } });

  it('is made once by 20 requests at the same time [ORC-14]', async () => {
    const before = (await allOf<GoalJson>(client, GOALS)).length;
    const answers = await Promise.all(Array.from({ length: 20 }, () => under('one of twenty')));
    const made = answers.filter(({ status }) => status === 202);
    expect(made.length).toBeGreaterThan(0);
    for (const { status, body } of answers) {
      expect(status === 409 ? (body as { code?: string }).code : body.id).toBeOneOf([
        'idempotency_in_progress',
        made[0]?.body.id,
      ]);
    }
    expect(answers.filter(({ status, headers }) => status === 202 && !headers.has('idempotent-replayed'))).toHaveLength(
      1,
    );
    expect(await allOf<GoalJson>(client, GOALS)).toHaveLength(before + 1);
  });

  it('gets its first answer again, whatever has become of the goal [ORC-14]', async () => {
    const first = await under('replayed');
    await client.post(`${GOALS}/${first.body.id}/cancel`);
    const again = await under('replayed');
    expect([again.status, again.body]).toEqual([202, first.body]);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(again.headers.get('location')).toBe(first.headers.get('location'));
    expect(again.headers.get('x-request-id')).not.toBe(first.headers.get('x-request-id'));
  });

  it('is refused with another body, as another request, and is free for others [ORC-14, TEN-5]', async () => {
    const first = await under('shared');
    const conflict = { status: 409, code: 'idempotency_conflict', says: /new key/ };
    expectProblem(await under('shared', client, { ...HELD, description: 'Another' }), conflict);
    const headers = { 'idempotency-key': 'shared' };
    expectProblem(await client.post(`${GOALS}?dry_run=true`, HELD, { headers }), conflict);
    for (const other of [await signIn(tenant), await signIn(await createTenant(program.database))]) {
      const { status, body } = await under('shared', other);
      expect(status).toBe(202);
      expect(body.id).not.toBe(first.body.id);
    }
  });

  it('that was refused is refused the same way again, without being looked at [ORC-14]', async () => {
    const refused = await under('bad', client, { ...HELD, plan: { tasks: [] } });
    expect(refused.status).toBe(400);
    const again = await under('bad', client, { ...HELD, plan: { tasks: [] } });
    expect([again.status, again.body]).toEqual([400, refused.body]);
  });
});

describe('a dry run', () => {
  it('stores nothing and says what would happen [ORC-14, SAF-1]', async () => {
    const before = await rows();
    const folder = join(program.dataDir, 'workspaces', tenant.id);
    const existed = existsSync(folder);
    const answer = await client.post<{ tasks: { key: string; depends_on: string[]; decision: object }[] }>(
      `${GOALS}?dry_run=true`,
      {
        description: 'What if',
        files: [{ path: 'in.csv', content_base64: 'YQ==' }],
        plan: {
          tasks: [
            { id: 'load', tool: 'read_file', arguments: { path: 'in.csv' } },
            { id: 'show', tool: 'echo', arguments: { v: { $ref: 'load.output' } } },
          ],
        },
      },
    );
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      valid: true,
      parallel: false,
      tasks: [
        { key: 'load', depends_on: [], decision: { allowed: true, check: null } },
        { key: 'show', depends_on: ['load'], decision: { allowed: true, check: null } },
      ],
      estimated_cost: { tokens: 0, money: '0' },
    });
    expect(answer.headers.get('location')).toBeNull();
    expect(await rows()).toEqual(before);
    expect(existsSync(folder)).toBe(existed);
  });

  it('tells a key that may submit but not run tools what the gate will say [SAF-1]', async () => {
    const { token } = await createApiKey(program.database, tenant, { scopes: ['goal:create', 'goal:read'] });
    const { body } = await program.client(token).post(`${GOALS}?dry_run=true`, HELD);
    expect(body).toMatchObject({ tasks: [{ decision: { allowed: false, check: 'permission' } }] });
  });
});

describe('the list of goals', () => {
  it('is paged without a double or a gap while goals are added, newest first [ORC-14]', async () => {
    const other = await signIn(await createTenant(program.database));
    await Promise.all(Array.from({ length: 23 }, () => submitted(other, HELD)));
    const all = (await allOf<GoalJson>(other, GOALS)).map(({ id }) => id);
    expect(all).toHaveLength(23);
    expect(all).toEqual(all.toSorted().toReversed());
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page: PageJson<GoalJson> = (
        await other.get<PageJson<GoalJson>>(`${GOALS}?limit=5${cursor === '' ? '' : `&cursor=${cursor}`}`)
      ).body;
      seen.push(...page.data.map(({ id }) => id));
      cursor = page.next_cursor;
      await submitted(other, HELD);
    }
    expect(seen).toEqual(all);
  });

  it('is filtered by states [ORC-14]', async () => {
    const other = await signIn(await createTenant(program.database));
    const [held, cancelled, done] = [
      await submitted(other, HELD),
      await submitted(other, HELD),
      await submitted(other, { ...HELD, start: true }),
    ];
    await other.post(`${GOALS}/${cancelled.id}/cancel`);
    await end(other, done.id);
    const ids = async (query: string) => (await allOf<GoalJson>(other, `${GOALS}?${query}`, 1)).map(({ id }) => id);
    expect(await ids('state=RECEIVED')).toEqual([held.id]);
    expect(await ids('state=CANCELLED')).toEqual([cancelled.id]);
    expect(await ids('state=COMPLETED,CANCELLED')).toEqual([done.id, cancelled.id]);
    expect(await ids('state=FAILED')).toEqual([]);
  });
});

describe('priority', () => {
  it('decides who is next within a tenant [ORC-1]', async () => {
    // This program carries one goal at a time.
    const blocker = await submitted(client, {
      description: 'In the way',
      plan: { tasks: [{ id: 'a', tool: 'sleep', arguments: { seconds: 600 } }] },
    });
    await until(client, blocker.id, ({ progress }) => progress.running === 1);
    const wanted = ['low', 'normal', 'critical', 'high'] as const;
    const goals = [];
    for (const priority of wanted) goals.push(await submitted(client, { ...HELD, start: true, priority }));
    await client.post(`${GOALS}/${blocker.id}/cancel`);
    const ended = [];
    for (const { id } of goals) ended.push({ goal: await end(client, id), task: (await tasksOf(client, id))[0] });
    const order = ended.toSorted((a, b) => (a.task!.started_at! < b.task!.started_at! ? -1 : 1));
    expect(order.map(({ goal }) => goal.priority)).toEqual(['critical', 'high', 'normal', 'low']);
  });
});
