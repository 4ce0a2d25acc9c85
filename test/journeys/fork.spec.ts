import { createHash } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type JsonObject, parsePublicId } from '#libs/kernel';
import { type TestClient, createTenant } from '#libs/testing';
import { type GoalJson, type JournalJson, allOf, end, journalOf, submitted, tasksOf, until } from './goals.js';
import { expectProblem } from './problems.js';
import { ToolScene } from './tool-scene.js';

const GOALS = '/api/v1/goals';

let scene: ToolScene;
let client: TestClient;

beforeAll(async () => {
  scene = await ToolScene.start();
});
beforeEach(async () => {
  await scene.begin();
  client = scene.client;
});
afterAll(() => scene.close());

interface ForkedJson extends GoalJson {
  readonly description: string;
  readonly forked_from: { readonly goal_id: string; readonly seq: number } | null;
  readonly files: readonly { readonly path: string }[];
}

const submit = (tasks: readonly object[], rest: object = {}) =>
  submitted(client, { description: 'Forked', plan: { tasks }, ...rest });
const fork = (goal: GoalJson, body: object, headers: Record<string, string> = {}, by = client) =>
  by.post<ForkedJson>(`${GOALS}/${goal.id}/fork`, body, { headers });

/** The fork, once it has ended. */
async function forked(goal: GoalJson, body: object): Promise<ForkedJson> {
  const made = await fork(goal, body);
  expect(made.status, JSON.stringify(made.body)).toBe(202);
  expect(made.headers.get('location')).toBe(`${GOALS}/${made.body.id}`);
  return (await end(client, made.body.id)) as ForkedJson;
}

/** Number of the row that tells of the end of a task. */
const endOf = (rows: readonly JournalJson[], key: string): number =>
  rows.find(({ type, data }) => /^task\.(completed|failed)$/.test(type) && data?.['key'] === key)!.seq;

const completedIn = (rows: readonly JournalJson[]): string[] =>
  rows.flatMap(({ type, data }) => (type === 'task.completed' ? [data?.['key'] as string] : []));

const ranIn = async (goal: GoalJson) => completedIn(await journalOf(client, goal.id));

const contentOf = async (goal: GoalJson, key: string) =>
  (await tasksOf(client, goal.id)).find((task) => task.key === key)?.output?.['content'];

const inline = (text: string) => Buffer.from(text).toString('base64');

const lines = (): string[] => scene.seen.map(({ line }) => line);

/** a → b → d, and c beside them, each asking the server. */
const DIAMOND = [
  { id: 'a', tool: 'look_up', arguments: { key: 'a', lang: 'en' } },
  { id: 'b', tool: 'look_up', arguments: { key: { $ref: 'a.output.body.rows.0.n' }, lang: 'en' } },
  { id: 'c', tool: 'look_up', arguments: { key: 'c', lang: 'en' } },
  { id: 'd', tool: 'echo', arguments: { all: [{ $ref: 'b.output.body' }, { $ref: 'c.output.body' }] } },
];

describe('a fork of a goal that completed', () => {
  it('runs again what was changed and what depends on it, and calls nothing else [ORC-12]', async () => {
    await scene.register(scene.lookUp());
    const first = await submit(DIAMOND);
    const done = await end(client, first.id);
    expect(done.state).toBe('COMPLETED');
    const last = (await journalOf(client, first.id)).length;
    scene.seen = [];

    const changed = { key: 'c', lang: 'fr' };
    const second = await forked(first, {
      from_seq: last,
      tasks: { c: { arguments: changed } },
      description: 'In French',
    });
    expect(second).toMatchObject({
      state: 'COMPLETED',
      description: 'In French',
      retry_of: null,
      forked_from: { goal_id: first.id, seq: last },
      progress: { total: 4, succeeded: 4 },
    });
    expect(lines()).toEqual(['GET /v1/c?lang=fr']);
    expect((await ranIn(second)).toSorted()).toEqual(['c', 'd']);
    const [before, after] = [await tasksOf(client, first.id), await tasksOf(client, second.id)];
    for (const n of [0, 1]) {
      expect(after[n]).toMatchObject({ state: 'SUCCEEDED', attempts: 1, output: before[n]!.output });
      expect([after[n]!.started_at, after[n]!.finished_at]).toEqual([before[n]!.started_at, before[n]!.finished_at]);
      expect(after[n]!.id).not.toBe(before[n]!.id);
    }
    expect(after[3]!.output).toMatchObject({ all: [{ line: '/v1/7?lang=en' }, { line: '/v1/c?lang=fr' }] });
    const [row] = await journalOf(client, second.id);
    expect(row).toMatchObject({
      data: { forked_from: { goal_id: first.id, seq: last }, kept: 2, kept_tasks: { 1: '0-1' } },
    });
    // The first is as it was.
    expect((await client.get(`${GOALS}/${first.id}`)).body).toEqual(done);
  });

  it('runs again what a changed result leads to, also by a $ref alone [ORC-12]', async () => {
    await scene.register(scene.lookUp());
    const first = await submit(DIAMOND);
    await end(client, first.id);
    const last = (await journalOf(client, first.id)).length;
    scene.seen = [];
    const second = await forked(first, { from_seq: last, tasks: { a: { arguments: { key: 'x', lang: 'en' } } } });
    expect((await ranIn(second)).toSorted()).toEqual(['a', 'b', 'd']);
    expect(lines()).toEqual(['GET /v1/x?lang=en', 'GET /v1/7?lang=en']);
  });

  it('keeps what had succeeded by then only, and everything where nothing is changed [ORC-12]', async () => {
    await scene.register(scene.lookUp());
    const first = await submit(DIAMOND);
    await end(client, first.id);
    const rows = await journalOf(client, first.id);
    expect(await ranIn(await forked(first, { from_seq: rows.length }))).toEqual([]);
    expect((await ranIn(await forked(first, { from_seq: 1 }))).toSorted()).toEqual(['a', 'b', 'c', 'd']);
    const kept = completedIn(rows.slice(0, endOf(rows, 'a')));
    const ran = await ranIn(await forked(first, { from_seq: endOf(rows, 'a') }));
    expect([...kept, ...ran].toSorted()).toEqual(['a', 'b', 'c', 'd']);
    // Arguments that say the same are no change.
    const same = { a: { arguments: DIAMOND[0]!.arguments } };
    expect(await ranIn(await forked(first, { from_seq: rows.length, tasks: same }))).toEqual([]);
  });

  it('of a fork goes on from there, with its own context [ORC-12]', async () => {
    await scene.register(scene.lookUp());
    const first = await submit(DIAMOND, { context: { run: 1 } });
    await end(client, first.id);
    const last = (await journalOf(client, first.id)).length;
    const second = await forked(first, { from_seq: last, tasks: { c: { arguments: { key: 'c2' } } } });
    expect(second.context).toEqual({ run: 1 });
    const third = await forked(second, { from_seq: 1, context: { run: 3 } });
    expect(third).toMatchObject({ context: { run: 3 }, forked_from: { goal_id: second.id, seq: 1 } });
    expect((await ranIn(third)).toSorted()).toEqual(['c', 'd']);
    expect((await tasksOf(client, third.id))[3]!.output).toMatchObject({ all: [{}, { line: '/v1/c2' }] });
  });
});

describe('the files of a fork', () => {
  it('are those of then: from before and after one was overwritten [ORC-12, ORC-13]', async () => {
    const first = await submit(
      [
        { id: 'one', tool: 'write_file', arguments: { path: 'out.txt', content: 'one' } },
        { id: 'two', tool: 'write_file', arguments: { path: 'out.txt', content: 'two' }, depends_on: ['one'] },
        { id: 'read', tool: 'read_file', arguments: { path: 'out.txt' }, depends_on: ['two'] },
        { id: 'in', tool: 'read_file', arguments: { path: 'in.txt' }, depends_on: ['two'] },
        { id: 'over', tool: 'write_file', arguments: { path: 'in.txt', content: 'mine' }, depends_on: ['in', 'read'] },
      ],
      { files: [{ path: 'in.txt', content_base64: inline('given') }] },
    );
    expect((await end(client, first.id)).state).toBe('COMPLETED');
    const rows = await journalOf(client, first.id);

    // The task that overwrites has no part any more: what it found shows which content was there.
    const after = { two: { arguments: { path: 'other.txt', content: 'x' } } };
    const early = await forked(first, { from_seq: endOf(rows, 'one'), tasks: after });
    expect([await contentOf(early, 'read'), await contentOf(early, 'in')]).toEqual(['one', 'given']);
    const late = await forked(first, { from_seq: endOf(rows, 'two'), tasks: after });
    expect([await contentOf(late, 'read'), await contentOf(late, 'in')]).toEqual(['two', 'given']);
    const last = await forked(first, { from_seq: rows.length, tasks: after });
    expect([await contentOf(last, 'read'), await contentOf(last, 'in')]).toEqual(['two', 'mine']);
    // What the task that runs again had left counts as given.
    expect(last.files.map(({ path }) => path).toSorted()).toEqual(['in.txt', 'out.txt']);

    const files = await allOf<{ path: string; id: string }>(client, `${GOALS}/${early.id}/artifacts`);
    expect(files.map(({ path }) => path).toSorted()).toEqual(['in.txt', 'other.txt', 'out.txt']);
    // A fork of the fork begins with the same.
    const again = await forked(late, { from_seq: 1, tasks: after });
    expect(await contentOf(again, 'read')).toBe('two');
  });

  it('are without what had been removed by then, an input file as well [ORC-12, ORC-13]', async () => {
    const upload = await client.post<{ id: string }>('/api/v1/files?name=in.txt', 'uploaded', {
      headers: { 'content-type': 'application/octet-stream' },
    });
    const first = await submit(
      [
        { id: 'read', tool: 'read_file', arguments: { path: 'in.txt' } },
        { id: 'move', tool: 'move_file', arguments: { from: 'in.txt', to: 'moved.txt' }, depends_on: ['read'] },
        { id: 'list', tool: 'list_directory', arguments: { path: '.' }, depends_on: ['move'] },
      ],
      { files: [{ path: 'in.txt', file: upload.body.id }] },
    );
    expect((await end(client, first.id)).state).toBe('COMPLETED');
    const rows = await journalOf(client, first.id);
    const names = async (from_seq: number, tasks: JsonObject) => {
      const goal = await forked(first, { from_seq, tasks });
      const listed = (await tasksOf(client, goal.id)).find(({ key }) => key === 'list')!;
      return (listed.output!['entries'] as { name: string }[]).map(({ name }) => name).toSorted();
    };
    const changed = { list: { arguments: { path: './' } } };
    expect(await names(rows.length, changed)).toEqual(['moved.txt']);
    const other = { ...changed, move: { arguments: { from: 'in.txt', to: 'elsewhere.txt' } } };
    expect(await names(endOf(rows, 'read'), other)).toEqual(['elsewhere.txt']);
  });
});

describe('a fork of a goal whose input files were not kept by their hash', () => {
  const folderOf = (...names: readonly string[]) => join(scene.program.dataDir, ...names);

  it('takes them from its workspace, unless they were changed there [ORC-12, ORC-13]', async () => {
    const plan = [{ id: 'read', tool: 'read_file', arguments: { path: 'in.txt' } }];
    const first = await submit(plan, { files: [{ path: 'in.txt', content_base64: inline('given') }] });
    await end(client, first.id);
    // As it is after an upgrade.
    const sha256 = createHash('sha256').update('given').digest('hex');
    await rm(folderOf('files', 'tenants', scene.tenant.id, 'artifacts', sha256));
    expect(await contentOf(await forked(first, { from_seq: 1 }), 'read')).toBe('given');
    const goalId = parsePublicId('goal', first.id)!;
    await writeFile(folderOf('workspaces', scene.tenant.id, goalId, 'in.txt'), 'changed');
    const refused = await fork(first, { from_seq: 1 });
    expectProblem(refused, { status: 410, code: 'file_content_missing', says: /in\.txt/ });
    expect(await allOf(client, GOALS)).toHaveLength(2);
  });
});

describe('a fork of a goal that has not completed', () => {
  it('that is running keeps what it has done, and both go on [ORC-12]', async () => {
    await scene.register(scene.lookUp());
    const first = await submit([
      { id: 'a', tool: 'look_up', arguments: { key: 'a' } },
      { id: 'wait', tool: 'sleep', arguments: { seconds: 3 }, depends_on: ['a'] },
      { id: 'z', tool: 'echo', arguments: { got: { $ref: 'a.output.body.line' } }, depends_on: ['wait'] },
    ]);
    await until(client, first.id, ({ progress }) => progress.succeeded === 1 && progress.running === 1);
    const seq = (await journalOf(client, first.id)).length;
    const second = await forked(first, { from_seq: seq, tasks: { wait: { arguments: { seconds: 0 } } } });
    expect(second.state).toBe('COMPLETED');
    expect((await client.get<GoalJson>(`${GOALS}/${first.id}`)).body.state).toMatch(/EXECUTING/);
    expect((await end(client, first.id)).state).toBe('COMPLETED');
    expect(lines()).toEqual(['GET /v1/a']);
    expect((await tasksOf(client, second.id))[2]!.output).toEqual({ got: '/v1/a' });
  });

  it('that failed after replans goes on with the plan of then, and mends what failed [ORC-8, ORC-12]', async () => {
    await scene.register(scene.lookUp());
    const first = await submit(
      [
        { id: 'a', tool: 'look_up', arguments: { key: 'a' } },
        { id: 'b', tool: 'read_file', arguments: { path: 'missing.txt' }, depends_on: ['a'] },
      ],
      { on_failure: 'replan', files: [{ path: 'there.txt', content_base64: inline('there') }] },
    );
    expect(await end(client, first.id)).toMatchObject({ state: 'FAILED' });
    const rows = await journalOf(client, first.id);
    const mend = { b: { arguments: { path: 'there.txt' } } };
    const replans = rows.filter(({ to }) => to === 'REPLANNING').map(({ seq }) => seq);
    for (const from_seq of [replans[0]!, replans[1]! + 2, rows.length]) {
      const second = await forked(first, { from_seq, tasks: mend });
      expect(second.state).toBe('COMPLETED');
      expect(await ranIn(second)).toEqual(['b']);
    }
    expect(lines()).toHaveLength(1);
  });

  it('that was cancelled can wait for its start [ORC-12]', async () => {
    const first = await submit([{ id: 'a', tool: 'sleep', arguments: { seconds: 600 } }]);
    await until(client, first.id, ({ progress }) => progress.running === 1);
    await client.post(`${GOALS}/${first.id}/cancel`);
    const made = await fork(first, { from_seq: 1, start: false, tasks: { a: { arguments: { seconds: 0 } } } });
    expect(made.body).toMatchObject({ state: 'RECEIVED' });
    await client.post(`${GOALS}/${made.body.id}/execute`);
    expect((await end(client, made.body.id)).state).toBe('COMPLETED');
  });
});

describe('a request for a fork', () => {
  const PLAN = [
    { id: 'a', tool: 'echo', arguments: { n: 1 } },
    { id: 'b', tool: 'read_file', arguments: { path: 'x' }, depends_on: ['a'] },
  ];

  it('is refused with the field where it makes no sense [ORC-12]', async () => {
    const goal = await submit(PLAN);
    await end(client, goal.id);
    const last = (await journalOf(client, goal.id)).length;
    expectProblem(await fork(goal, {}), { path: 'from_seq' });
    for (const from_seq of [0, -1, Number.MIN_SAFE_INTEGER]) {
      expectProblem(await fork(goal, { from_seq }), { path: 'from_seq', says: `rows 1 to ${last}` });
    }
    expectProblem(await fork(goal, { from_seq: 1.5 }), { path: 'from_seq' });
    expectProblem(await fork(goal, { from_seq: last + 1 }), { path: 'from_seq', says: `rows 1 to ${last}` });
    const bad = (tasks: object) => fork(goal, { from_seq: 1, tasks });
    expectProblem(await bad({ c: { arguments: {} } }), { path: 'tasks.c', says: /no such task/ });
    expectProblem(await bad({ a: {} }), { path: /^tasks\.a/ });
    expectProblem(await bad({ b: { arguments: { path: 7 } } }), { path: 'tasks.b.arguments.path' });
    expectProblem(await bad({ b: { arguments: { path: '../x' } } }), { path: 'tasks.b.arguments.path' });
    const circle = { a: { arguments: { n: { $ref: 'b.output' } } } };
    expectProblem(await bad(circle), { path: /^(tasks\.a|plan\.tasks\.1)$/, says: /circle/ });
    expectProblem(await bad({ a: { arguments: { n: { $ref: 'q.output' } } } }), { path: 'tasks.a.arguments.n.$ref' });
    const past = await fork(goal, { from_seq: 1, deadline: '2020-01-01T00:00:00Z' });
    expectProblem(past, { path: 'deadline', says: /passed/ });
    const goals = await allOf<GoalJson>(client, GOALS);
    expect(goals).toHaveLength(1);
  });

  it('is answered to whoever may create goals of the tenant, and to nobody else [ORC-12, TEN-5]', async () => {
    const goal = await submit(PLAN);
    await end(client, goal.id);
    const body = { from_seq: 1 };
    const stranger = await scene.signIn(await createTenant(scene.program.database));
    expectProblem(await fork(goal, body, {}, stranger), { status: 404, code: 'not_found' });
    const reader = await scene.signIn(scene.tenant, ['goal:read']);
    expectProblem(await fork(goal, body, {}, reader), { status: 403, code: 'permission_denied' });
  });

  it('asked twice under one key is one goal [ORC-12, ORC-14]', async () => {
    const goal = await submit(PLAN);
    await end(client, goal.id);
    const key = { 'idempotency-key': 'fork once' };
    const made = (await fork(goal, { from_seq: 1 }, key)).body;
    const replayed = await fork(goal, { from_seq: 1 }, key);
    expect(replayed.body).toEqual(made);
    expect(replayed.headers.get('idempotent-replayed')).toBe('true');
    expectProblem(await fork(goal, { from_seq: 2 }, key), { status: 409, code: 'idempotency_conflict' });
  });
});
