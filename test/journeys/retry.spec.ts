import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parsePublicId } from '#libs/kernel';
import {
  type TestClient,
  type TestProgram,
  type TestTenant,
  createApiKey,
  createTenant,
  startTestProgram,
} from '#libs/testing';
import { type GoalJson, allOf, end, journalOf, submitted, tasksOf, until } from './goals.js';
import { expectProblem } from './problems.js';

const GOALS = '/api/v1/goals';

let program: TestProgram;
let tenant: TestTenant;
let client: TestClient;

beforeAll(async () => {
  program = await startTestProgram({ ROLE: 'all' });
  tenant = await createTenant(program.database);
  client = program.client((await createApiKey(program.database, tenant)).token);
});
afterAll(() => program.close());

const submit = (tasks: readonly object[], rest: object = {}) =>
  submitted(client, { description: 'Tried again', plan: { tasks }, ...rest });
const retry = (goal: GoalJson, body?: object, headers: Record<string, string> = {}) =>
  client.post<GoalJson>(`${GOALS}/${goal.id}/retry`, body, { headers });

/** Puts a file into a goal's workspace from outside, as a person who mends what was missing would. */
async function mend(goal: GoalJson, name: string): Promise<void> {
  const folder = join(program.dataDir, 'workspaces', tenant.id, parsePublicId('goal', goal.id)!);
  await writeFile(join(folder, name), 'mended');
}

const states = async (goal: GoalJson) => (await tasksOf(client, goal.id)).map(({ key, state }) => `${key} ${state}`);

const PLAN = [
  { id: 'write', tool: 'write_file', arguments: { path: 'kept.txt', content: 'kept' } },
  { id: 'read', tool: 'read_file', arguments: { path: 'missing.txt' }, depends_on: ['write'] },
  { id: 'again', tool: 'read_file', arguments: { path: 'kept.txt' }, depends_on: ['read'] },
];

describe('a retry', () => {
  it('begins where the goal failed, and keeps results, artifacts and files [ORC-2, ORC-11, ORC-13]', async () => {
    const first = await submit(PLAN);
    const failed = await end(client, first.id);
    expect(failed).toMatchObject({ state: 'FAILED', error: { code: 'task_failed' } });
    expect(failed.error?.detail).toContain('missing.txt');
    expect(await states(first)).toEqual(['write SUCCEEDED', 'read FAILED', 'again SKIPPED']);
    const [before] = await tasksOf(client, first.id);

    await mend(first, 'missing.txt');
    const answer = await retry(first);
    expect(answer.status).toBe(202);
    expect(answer.headers.get('location')).toBe(`${GOALS}/${answer.body.id}`);
    expect(answer.body).toMatchObject({ retry_of: first.id });
    expect(answer.body.progress.succeeded).toBeGreaterThanOrEqual(1);
    const second = await end(client, answer.body.id);
    expect(second).toMatchObject({ state: 'COMPLETED', retry_of: first.id, progress: { succeeded: 3, failed: 0 } });
    const [kept, , again] = await tasksOf(client, second.id);
    expect(kept).toMatchObject({ state: 'SUCCEEDED', attempts: 1, output: before?.output ?? null });
    expect([kept?.started_at, kept?.finished_at]).toEqual([before?.started_at, before?.finished_at]);
    expect(kept?.id).not.toBe(before?.id);
    expect(again?.output).toMatchObject({ content: 'kept' });
    const completed = (await journalOf(client, second.id)).filter(({ type }) => type === 'task.completed');
    expect(completed.map(({ data }) => data?.['key'])).toEqual(['read', 'again']);
    const [artifact] = await allOf<{ id: string; path: string; task_id: string }>(
      client,
      `${GOALS}/${second.id}/artifacts`,
    );
    expect(artifact).toMatchObject({ path: 'kept.txt', task_id: kept?.id });
    const content = await client.get<string>(`${GOALS}/${second.id}/artifacts/${artifact?.id}/content`);
    expect(content.body).toBe('kept');
    // The old one is as it was.
    expect((await client.get(`${GOALS}/${first.id}`)).body).toEqual(failed);
  });

  it('of a retry keeps what either of them did [ORC-11]', async () => {
    const plan = [...PLAN, { id: 'last', tool: 'read_file', arguments: { path: 'late.txt' }, depends_on: ['again'] }];
    const first = await submit(plan);
    await end(client, first.id);
    await mend(first, 'missing.txt');
    const second = (await retry(first)).body;
    expect(await end(client, second.id)).toMatchObject({ state: 'FAILED', progress: { succeeded: 3, failed: 1 } });
    await mend(second, 'late.txt');
    const third = (await retry(second)).body;
    expect(await end(client, third.id)).toMatchObject({ state: 'COMPLETED', retry_of: second.id });
    const completed = (await journalOf(client, third.id)).filter(({ type }) => type === 'task.completed');
    expect(completed.map(({ data }) => data?.['key'])).toEqual(['last']);
    // The first can be retried again, from where it failed.
    expect((await retry(first)).body).toMatchObject({ retry_of: first.id });
  });

  it('of a goal that was cancelled runs what had not succeeded [ORC-11]', async () => {
    const goal = await submit([
      { id: 'a', tool: 'echo' },
      { id: 'b', tool: 'sleep', arguments: { seconds: 0.5 }, depends_on: ['a'] },
    ]);
    await until(client, goal.id, ({ progress }) => progress.running === 1 && progress.succeeded === 1);
    await client.post(`${GOALS}/${goal.id}/cancel`);
    expect(await states(goal)).toEqual(['a SUCCEEDED', 'b CANCELLED']);
    const again = (await retry(goal)).body;
    expect(await end(client, again.id)).toMatchObject({ state: 'COMPLETED' });
    const completed = (await journalOf(client, again.id)).filter(({ type }) => type === 'task.completed');
    expect(completed.map(({ data }) => data?.['key'])).toEqual(['b']);
  });

  it('of a goal that never started runs all of it [ORC-11]', async () => {
    const goal = await submit([{ id: 'a', tool: 'echo' }], { start: false });
    await client.post(`${GOALS}/${goal.id}/cancel`);
    expect(await end(client, (await retry(goal)).body.id)).toMatchObject({ state: 'COMPLETED' });
  });

  it('is refused while the goal goes on, and when it completed [ORC-11]', async () => {
    const goal = await submit([{ id: 'a', tool: 'echo' }], { start: false });
    expectProblem(await retry(goal), { status: 409, code: 'not_final' });
    await client.post(`${GOALS}/${goal.id}/execute`);
    await end(client, goal.id);
    expectProblem(await retry(goal), { status: 409, code: 'nothing_to_retry' });
  });

  it('asked twice under one key is one goal [ORC-14]', async () => {
    const goal = await submit([{ id: 'a', tool: 'read_file', arguments: { path: 'x' } }]);
    await end(client, goal.id);
    const key = { 'idempotency-key': 'retry once' };
    const made = (await retry(goal, undefined, key)).body;
    const replayed = await retry(goal, undefined, key);
    expect(replayed.body).toEqual(made);
    expect(replayed.headers.get('idempotent-replayed')).toBe('true');
    expectProblem(await retry(goal, { deadline: '2099-01-01T00:00:00Z' }, key), {
      status: 409,
      code: 'idempotency_conflict',
    });
  });

  it('takes a deadline to come, and no deadline that has passed [ORC-1]', async () => {
    const deadline = new Date(Date.now() + 300).toISOString();
    const goal = await submit([{ id: 'a', tool: 'sleep', arguments: { seconds: 600 } }], { deadline });
    await end(client, goal.id);
    expectProblem(await retry(goal, { deadline }), { path: 'deadline', says: /passed/ });
    const later = '2099-01-01T00:00:00.000Z';
    for (const [body, expected] of [
      [undefined, null],
      [{ deadline: later }, later],
    ] as const) {
      const again = (await retry(goal, body)).body;
      expect(again).toMatchObject({ deadline: expected });
      await client.post(`${GOALS}/${again.id}/cancel`);
    }
  });
});

describe('a plan that says replan', () => {
  it('is tried up to three times more, keeping what succeeded, and then fails [ORC-8]', async () => {
    const goal = await submit(PLAN, { on_failure: 'replan' });
    const done = await end(client, goal.id);
    expect(done).toMatchObject({ state: 'FAILED', replans: 3, plan_version: 4, error: { code: 'task_failed' } });
    const rows = await journalOf(client, goal.id);
    expect(rows.filter(({ to }) => to === 'REPLANNING')).toHaveLength(3);
    expect(rows.filter(({ type }) => type === 'task.completed')).toHaveLength(1);
    expect(rows.filter(({ type }) => type === 'task.failed')).toHaveLength(4);
    expect(await states(goal)).toEqual(['write SUCCEEDED', 'read FAILED', 'again SKIPPED']);

    await mend(goal, 'missing.txt');
    expect(await end(client, (await retry(goal)).body.id)).toMatchObject({ state: 'COMPLETED' });
  });

  it('is not when it says nothing: out of attempts is the end [ORC-8]', async () => {
    const done = await end(client, (await submit(PLAN)).id);
    expect(done).toMatchObject({ state: 'FAILED', replans: 0 });
  });
});

describe('a check that a plan declares', () => {
  const checked = (schema: unknown) => [{ id: 'a', tool: 'echo', arguments: { rows: 3 }, check: { schema } }];

  it('is met, or the goal fails in VERIFYING and says where [ORC-9]', async () => {
    const met = checked({ type: 'object', properties: { rows: { minimum: 1 } } });
    expect(await end(client, (await submit(met)).id)).toMatchObject({ state: 'COMPLETED' });

    const goal = await submit(checked({ properties: { rows: { minimum: 10 } } }));
    const done = await end(client, goal.id);
    expect(done).toMatchObject({ state: 'FAILED', error: { code: 'check_failed' } });
    expect(done.error?.detail).toMatch(/output\.rows/);
    const rows = await journalOf(client, goal.id);
    expect(rows.at(-1)).toMatchObject({ from: 'VERIFYING', to: 'FAILED' });
    expect((await tasksOf(client, goal.id))[0]).toMatchObject({ state: 'FAILED', error: { code: 'check_failed' } });
  });

  it('replans where the plan says so [ORC-9]', async () => {
    const goal = await submit(checked(false), { on_failure: 'replan' });
    expect(await end(client, goal.id)).toMatchObject({ state: 'FAILED', replans: 3, error: { code: 'check_failed' } });
    const rows = await journalOf(client, goal.id);
    expect(rows.filter(({ from, to }) => from === 'VERIFYING' && to === 'REPLANNING')).toHaveLength(3);
  });

  it('that would never end is stopped, and counts as not met [ORC-9]', async () => {
    const slow = { properties: { text: { pattern: '^(a+)+$' } } };
    const text = `${'a'.repeat(40)}b`;
    const goal = await submit([{ id: 'a', tool: 'echo', arguments: { text }, check: { schema: slow } }]);
    expect(await end(client, goal.id)).toMatchObject({ state: 'FAILED', error: { code: 'check_failed' } });
  });
});
