import { afterAll, beforeAll, expect, it } from 'vitest';
import { type TestClient, type TestProgram, createApiKey, createTenant, startTestProgram } from '#libs/testing';
import { end, journalOf, submitted, tasksOf } from './goals.js';

let program: TestProgram;
let client: TestClient;

beforeAll(async () => {
  program = await startTestProgram({ ROLE: 'all' });
  client = program.client((await createApiKey(program.database, await createTenant(program.database))).token);
});
afterAll(() => program.close());

async function runs(tasks: readonly { readonly id: string }[]) {
  const { id } = await submitted(client, { description: 'Large', plan: { tasks } });
  const goal = await end(client, id, 60_000);
  expect(goal).toMatchObject({ state: 'COMPLETED', progress: { total: tasks.length, succeeded: tasks.length } });
  const stored = await tasksOf(client, id);
  expect(stored.map(({ key }) => key)).toEqual(tasks.map((task) => task.id));
  const rows = await journalOf(client, id);
  const completed = rows.filter(({ type }) => type === 'task.completed').map(({ data }) => data?.['key'] as string);
  expect(completed.toSorted()).toEqual(tasks.map((task) => task.id).toSorted());
  return { stored, completed, rows };
}

it('5,000 tasks at a time run to the end [ORC-5, ORC-6]', async () => {
  const { rows } = await runs(
    Array.from({ length: 5_000 }, (_, n) => ({ id: `t${n}`, tool: 'echo', arguments: { n } })),
  );
  expect(rows.map(({ to }) => to)).toContain('PARALLEL_EXECUTING');
}, 90_000);

it('1,000 tasks one behind the other run in their order, each with the result of the one before [ORC-5, ORC-6]', async () => {
  const tasks = Array.from({ length: 1_000 }, (_, n) => ({
    id: `t${n}`,
    tool: 'echo',
    arguments: { before: n === 0 ? null : { $ref: `t${n - 1}.output.me` }, me: n },
  }));
  const { stored, completed, rows } = await runs(tasks);
  expect(completed).toEqual(tasks.map(({ id }) => id));
  expect(rows.map(({ to }) => to)).toContain('EXECUTING');
  expect(stored.map(({ output }) => output?.['before'])).toEqual(tasks.map((_, n) => (n === 0 ? null : n - 1)));
  const early = stored.filter(({ started_at }, n) => n > 0 && started_at! < stored[n - 1]!.finished_at!);
  expect(early).toEqual([]);
}, 90_000);
