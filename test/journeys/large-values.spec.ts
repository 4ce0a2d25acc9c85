import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestClient, type TestProgram, createApiKey, createTenant, startTestProgram } from '#libs/testing';
import { type GoalJson, type PageJson, type TaskJson, allOf, end, submitted } from './goals.js';
import { expectProblem } from './problems.js';

const GOALS = '/api/v1/goals';
const KIBIBYTE = 1024;

let program: TestProgram;
let client: TestClient;

beforeAll(async () => {
  program = await startTestProgram({ ROLE: 'all' });
  client = program.client((await createApiKey(program.database, await createTenant(program.database))).token);
});
afterAll(() => program.close());

const ECHO = [{ id: 'a', tool: 'echo' }];

describe('large values', () => {
  it('a context has at most 256 KiB [ORC-14]', async () => {
    const context = (bytes: number) => ({ text: 'x'.repeat(bytes - '{"text":""}'.length) });
    const fits = context(256 * KIBIBYTE);
    const goal = await submitted(client, { description: 'd', context: fits, plan: { tasks: ECHO } });
    expect(goal.context).toEqual(fits);
    const body = { description: 'd', context: context(256 * KIBIBYTE + 1), plan: { tasks: ECHO } };
    expectProblem(await client.post(GOALS, body), { path: 'context', says: '256 KiB' });
  });

  it('pages of tasks end before they become too large, and together hold all [ORC-14]', async () => {
    const text = 'y'.repeat(900 * KIBIBYTE);
    const copies = Array.from({ length: 19 }, (_, n) => ({
      id: `copy-${n}`,
      tool: 'echo',
      arguments: { text: { $ref: 'first.output.text' } },
    }));
    const last = { id: 'last', tool: 'echo', depends_on: copies.map(({ id }) => id) };
    const tasks = [{ id: 'first', tool: 'echo', arguments: { text } }, ...copies, last];
    const { id } = await submitted(client, { description: 'large outputs', plan: { tasks } });
    expect(await end(client, id)).toMatchObject({ state: 'COMPLETED' });
    const page = await client.get<PageJson<TaskJson>>(`${GOALS}/${id}/tasks?limit=200`);
    expect(page.body.data.length).toBeLessThan(12);
    expect(page.body.next_cursor).not.toBeNull();
    const all = await allOf<TaskJson>(client, `${GOALS}/${id}/tasks`);
    expect(all.map(({ key }) => key)).toEqual(tasks.map((task) => task.id));
  });

  it('pages of goals do as well [ORC-14]', async () => {
    const context = { text: 'z'.repeat(255 * KIBIBYTE) };
    const body = { description: 'd', start: false, context, plan: { tasks: ECHO } };
    const made: string[] = [];
    for (let n = 0; n < 40; n++) made.push((await submitted(client, body)).id);
    const page = await client.get<PageJson<GoalJson>>(`${GOALS}?limit=200`);
    expect(page.body.data.length).toBeLessThan(36);
    const all = await allOf<GoalJson>(client, GOALS);
    expect(all.slice(0, 40).map(({ id }) => id)).toEqual(made.toReversed());
  });
});
