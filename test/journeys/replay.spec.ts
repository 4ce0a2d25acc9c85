import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type TestClient,
  type TestProgram,
  type TestTenant,
  createApiKey,
  createTenant,
  startTestProgram,
} from '#libs/testing';
import { type GoalJson, type JournalJson, type PageJson, end, journalOf, submitted, tasksOf, until } from './goals.js';
import { expectProblem } from './problems.js';

const GOALS = '/api/v1/goals';

let program: TestProgram;
let tenant: TestTenant;
let client: TestClient;

beforeAll(async () => {
  program = await startTestProgram({ ROLE: 'all' });
  tenant = await createTenant(program.database);
  client = await signIn(tenant);
});
afterAll(() => program.close());

const signIn = async (to: TestTenant, scopes?: readonly string[]) =>
  program.client((await createApiKey(program.database, to, scopes ? { scopes } : {})).token);

interface ReplayedTaskJson {
  readonly key: string;
  readonly id: string | null;
  readonly state: string;
  readonly attempts: number;
  readonly error_code: string | null;
  readonly seq: number | null;
}

interface ReplayJson {
  readonly seq: number;
  readonly previous_seq: number | null;
  readonly next_seq: number | null;
  readonly last_seq: number;
  readonly row: JournalJson;
  readonly state: string;
  readonly held: boolean;
  readonly paused: object | null;
  readonly plan_version: number;
  readonly replans: number;
  readonly progress: GoalJson['progress'];
  readonly changed_task: ReplayedTaskJson | null;
  readonly tasks: PageJson<ReplayedTaskJson>;
}

interface PlanJson {
  readonly version: number;
  readonly seq: number;
  readonly reason: string | null;
  readonly tasks: number;
  readonly lineage: { readonly kept: { readonly count: number; readonly keys: readonly string[] } } | null;
}

const replay = async (goal: GoalJson, query = '') => {
  const answer = await client.get<ReplayJson>(`${GOALS}/${goal.id}/replay${query}`);
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  return answer.body;
};
const states = ({ tasks }: ReplayJson) => tasks.data.map(({ key, state }) => `${key} ${state}`);

const PLAN = [
  { id: 'a', tool: 'write_file', arguments: { path: 'a.txt', content: 'a' } },
  { id: 'b', tool: 'read_file', arguments: { path: 'missing.txt' }, depends_on: ['a'] },
  { id: 'c', tool: 'echo', arguments: { b: { $ref: 'b.output' } } },
];
const submit = (tasks: readonly object[], rest: object = {}) =>
  submitted(client, { description: 'Seen again', plan: { tasks }, ...rest });

describe('a replay', () => {
  it('shows every step as it happened, and ends in what is stored [ORC-12]', async () => {
    const goal = await submit(PLAN);
    const done = await end(client, goal.id);
    const rows = await journalOf(client, goal.id);
    const steps: ReplayJson[] = [];
    for (let seq: number | null = 1; seq !== null; seq = steps.at(-1)!.next_seq)
      steps.push(await replay(goal, `?seq=${seq}`));
    expect(steps.map(({ row }) => row)).toEqual(rows);
    expect(steps.map(({ previous_seq }) => previous_seq)).toEqual([null, ...rows.slice(0, -1).map(({ seq }) => seq)]);
    let state = 'IDLE';
    for (const step of steps) {
      state = step.row.to ?? state;
      expect(step.state).toBe(state);
    }
    const completed = steps.find(({ row }) => row.type === 'task.completed')!;
    expect(states(completed)).toEqual(['a SUCCEEDED', 'b READY', 'c PENDING']);
    expect(completed.changed_task).toMatchObject({ key: 'a', state: 'SUCCEEDED', attempts: 1, seq: completed.seq });
    expect(completed.progress).toEqual({ total: 3, succeeded: 1, failed: 0, running: 0, waiting: 2 });

    const now = await replay(goal);
    expect(now).toMatchObject({ seq: rows.length, next_seq: null, last_seq: rows.length, state: 'FAILED' });
    expect(now.progress).toEqual(done.progress);
    const stored = await tasksOf(client, goal.id);
    expect(
      now.tasks.data.map(({ key, state: told, attempts, error_code }) => ({ key, told, attempts, error_code })),
    ).toEqual(
      stored.map(({ key, state: told, attempts, error }) => ({ key, told, attempts, error_code: error?.code ?? null })),
    );
    expect(now.tasks.data[1]).toMatchObject({ id: stored[1]!.id, state: 'FAILED' });
    expect(now.tasks.data[2]).toMatchObject({ id: null, state: 'SKIPPED' });
  });

  it('shows a goal that waits for its start, and one that is paused, and goes on while it runs [ORC-12]', async () => {
    const goal = await submit([{ id: 'a', tool: 'sleep', arguments: { seconds: 600 } }], { start: false });
    expect(await replay(goal)).toMatchObject({ seq: 1, state: 'RECEIVED', held: true, tasks: { data: [] } });
    await client.post(`${GOALS}/${goal.id}/execute`);
    await until(client, goal.id, ({ progress }) => progress.running === 1);
    expect(await replay(goal)).toMatchObject({ held: false, state: 'EXECUTING', changed_task: { state: 'RUNNING' } });
    await client.post(`${GOALS}/${goal.id}/pause`, { reason: 'lunch' });
    expect((await replay(goal)).paused).toMatchObject({ reason: 'lunch' });
    await client.post(`${GOALS}/${goal.id}/cancel`);
    const { seq } = await replay(goal);
    const told = await Promise.all(Array.from({ length: seq }, (_, n) => replay(goal, `?seq=${n + 1}`)));
    expect(told.some(({ paused }) => paused !== null)).toBe(true);
    expect(told.at(-1)).toMatchObject({ state: 'CANCELLED', paused: null });
  });

  it('names the rows that there are where one is asked for that is not [ORC-12]', async () => {
    const goal = await submit([{ id: 'a', tool: 'echo' }]);
    await end(client, goal.id);
    const last = (await journalOf(client, goal.id)).length;
    const ask = (query: string) => client.get(`${GOALS}/${goal.id}/replay?${query}`);
    for (const seq of [0, last + 1, 999_999_999]) {
      expectProblem(await ask(`seq=${seq}`), { path: '$query.seq', says: `rows 1 to ${last}` });
    }
    for (const seq of ['-1', 'x', '1.5', '', '99999999999']) {
      expectProblem(await ask(`seq=${seq}`), { path: '$query.seq', says: /number of a row/ });
    }
    expectProblem(await ask('cursor=abc'), { path: '$query.cursor' });
  });

  it('is for readers of the tenant only [ORC-12, TEN-5]', async () => {
    const goal = await submit([{ id: 'a', tool: 'echo' }]);
    await end(client, goal.id);
    const stranger = await signIn(await createTenant(program.database));
    const writer = await signIn(tenant, ['goal:create']);
    for (const path of ['replay', 'plans', 'plans/1']) {
      expectProblem(await stranger.get(`${GOALS}/${goal.id}/${path}`), { status: 404, code: 'not_found' });
      expectProblem(await writer.get(`${GOALS}/${goal.id}/${path}`), { status: 403, code: 'permission_denied' });
    }
  });
});

describe('the versions of a plan', () => {
  it('say what each kept, why there is another one, and what it is [ORC-8, ORC-12]', async () => {
    const goal = await submit(PLAN, { on_failure: 'replan' });
    await end(client, goal.id);
    const { body } = await client.get<PageJson<PlanJson>>(`${GOALS}/${goal.id}/plans`);
    expect(body.data.map(({ version, tasks }) => ({ version, tasks }))).toEqual(
      [1, 2, 3, 4].map((version) => ({ version, tasks: 3 })),
    );
    expect(body.data[0]).toMatchObject({ seq: 1, reason: null, lineage: null, by: { kind: 'api_key' } });
    const none = { count: 0, keys: [] };
    for (const later of body.data.slice(1)) {
      expect(later.lineage).toEqual({ kept: { count: 1, keys: ['a'] }, dropped: none, added: none, changed: none });
      expect(later.reason).toMatch(/missing\.txt/);
    }
    const rows = await journalOf(client, goal.id);
    for (const { seq, version } of body.data.slice(1)) {
      expect(rows[seq - 1]).toMatchObject({ from: 'TASK_DECOMPOSITION', data: { plan_version: version } });
      expect((await replay(goal, `?seq=${seq}`)).plan_version).toBe(version);
    }
    const plan = await client.get(`${GOALS}/${goal.id}/plans/4`);
    expect(plan.body).toEqual({ version: 4, plan: { tasks: PLAN } });
    const beyond = await client.get(`${GOALS}/${goal.id}/plans/5`);
    const detail = 'The goal has no version 5 of its plan: there are 1, 2, 3, 4.';
    expect(beyond).toMatchObject({ status: 404, body: { code: 'not_found', detail } });
    for (const version of ['x', '01', '0', '-1', '1.0']) {
      expectProblem(await client.get(`${GOALS}/${goal.id}/plans/${version}`), { status: 404, code: 'not_found' });
    }
  });
});

describe('a goal of 5,000 tasks', () => {
  it('is replayed page by page, and forks with one task changed [ORC-5, ORC-12]', async () => {
    const tasks = Array.from({ length: 5_000 }, (_, n) => ({ id: `t${n}`, tool: 'echo', arguments: { n } }));
    const goal = await submit(tasks);
    expect((await end(client, goal.id, 60_000)).state).toBe('COMPLETED');
    const middle = await replay(goal, '?seq=2500&limit=200');
    expect(middle.tasks.data).toHaveLength(200);
    const early = (await journalOf(client, goal.id)).slice(0, 2_500);
    const succeeded = early.filter(({ type }) => type === 'task.completed').length;
    expect(succeeded).toBeGreaterThan(1_000);
    expect(middle.progress).toMatchObject({ total: 5_000, succeeded });
    const next = await replay(goal, `?seq=2500&limit=200&cursor=${middle.tasks.next_cursor}`);
    expect(next.tasks.data[0]?.key).toBe('t200');

    const { last_seq } = await replay(goal, '?limit=1');
    const body = { from_seq: last_seq, tasks: { t4999: { arguments: { n: 'changed' } } } };
    const made = await client.post<GoalJson>(`${GOALS}/${goal.id}/fork`, body);
    expect(made.status, JSON.stringify(made.body)).toBe(202);
    const second = await end(client, made.body.id, 60_000);
    expect(second).toMatchObject({ state: 'COMPLETED', progress: { succeeded: 5_000 } });
    const rows = await journalOf(client, second.id);
    expect(rows[0]).toMatchObject({ data: { kept: 4_999, kept_tasks: { 1: '0-4998' } } });
    const ran = rows.filter(({ type }) => type === 'task.completed');
    expect(ran.map(({ data }) => data?.['key'])).toEqual(['t4999']);
  }, 120_000);
});
