import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestClient, type TestProgram, createApiKey, createTenant, startTestProgram } from '#libs/testing';
import { type GoalJson, end, journalOf, submitted, tasksOf, until } from './goals.js';
import { expectProblem } from './problems.js';

const GOALS = '/api/v1/goals';
const echo = (id: string, depends_on: readonly string[] = []) => ({ id, tool: 'echo', depends_on });
const sleep = (id: string, seconds: number, depends_on: readonly string[] = []) => ({
  id,
  tool: 'sleep',
  arguments: { seconds },
  depends_on,
});
const LONG = 600;

let program: TestProgram;
let client: TestClient;

beforeAll(async () => {
  program = await startTestProgram({ ROLE: 'all' });
  client = program.client((await createApiKey(program.database, await createTenant(program.database))).token);
});
afterAll(() => program.close());

const submit = (tasks: readonly object[], rest: object = {}) =>
  submitted(client, { description: 'Steered', plan: { tasks }, ...rest });
const ask = (goal: GoalJson, verb: string, body?: object) => client.post<GoalJson>(`${GOALS}/${goal.id}/${verb}`, body);
const running = (goal: GoalJson, count = 1) => until(client, goal.id, ({ progress }) => progress.running === count);

/** The journal's types, transitions by the state that they lead to. */
async function story(goal: GoalJson): Promise<string[]> {
  return (await journalOf(client, goal.id)).map(({ type, to }) => to ?? type);
}

describe('cancel', () => {
  it('stops a running tool and ends the goal before it answers [ORC-11]', async () => {
    const goal = await submit([sleep('wait', LONG), echo('after', ['wait']), echo('beside')]);
    await running(goal);
    const answer = await ask(goal, 'cancel', { reason: 'no longer needed' });
    // The answer comes when the owner has heard, at the latest after two seconds, and the goal has ended by then.
    expect(answer.body).toMatchObject({ state: 'CANCELLED', progress: { running: 0, succeeded: 1 }, error: null });
    const tasks = await tasksOf(client, goal.id);
    expect(tasks.map(({ key, state }) => [key, state])).toEqual([
      ['wait', 'CANCELLED'],
      ['after', 'CANCELLED'],
      ['beside', 'SUCCEEDED'],
    ]);
    const rows = await journalOf(client, goal.id);
    expect(rows.slice(-3).map(({ type, to }) => to ?? type)).toEqual(['task.stopped', 'tasks.closed', 'CANCELLED']);
    expect(rows.at(-1)).toMatchObject({ reason: 'no longer needed', actor: { kind: 'api_key' } });
  });

  it('by two at once is one cancel [ORC-11]', async () => {
    const goal = await submit([sleep('wait', LONG)]);
    await running(goal);
    const answers = await Promise.all([ask(goal, 'cancel'), ask(goal, 'cancel'), ask(goal, 'cancel')]);
    // Who comes too late is told so.
    for (const { status, body } of answers) expect(status === 200 ? body.state : status).toBeOneOf(['CANCELLED', 409]);
    expect((await story(goal)).filter((what) => what === 'CANCELLED')).toHaveLength(1);
  });

  it('reaches a goal that waits for its start, and one that is paused [ORC-11]', async () => {
    const held = await submit([echo('a')], { start: false });
    expect((await ask(held, 'cancel')).body.state).toBe('CANCELLED');
    const paused = await submit([sleep('a', 0.2), sleep('b', LONG, ['a'])]);
    await ask(paused, 'pause');
    expect((await ask(paused, 'cancel')).body).toMatchObject({ state: 'CANCELLED', paused: null });
  });
});

describe('pause and resume', () => {
  it('start nothing new while what runs comes to its end, and go on [ORC-11]', async () => {
    const goal = await submit([sleep('first', 0.5), echo('second', ['first'])]);
    await running(goal);
    const paused = await ask(goal, 'pause', { reason: 'let me look' });
    expect(paused.body.paused).toMatchObject({ reason: 'let me look', by: { kind: 'api_key' } });
    const still = await until(client, goal.id, ({ progress }) => progress.running === 0);
    expect(still).toMatchObject({ state: 'EXECUTING', progress: { succeeded: 1 }, paused: { reason: 'let me look' } });

    // Again changes nothing: neither who nor why.
    expect((await ask(goal, 'pause', { reason: 'me too' })).body.paused).toMatchObject({ reason: 'let me look' });
    expect((await tasksOf(client, goal.id))[1]?.state).toMatch(/PENDING|READY/);
    expect((await ask(goal, 'resume')).body.paused).toBeNull();
    expect(await end(client, goal.id)).toMatchObject({ state: 'COMPLETED', progress: { succeeded: 2 } });
    const told = (await story(goal)).filter((what) => /paused|resumed/.test(what));
    expect(told).toEqual(['goal.paused', 'goal.resumed']);
  });

  it('resume of a goal that is not paused changes nothing [ORC-11]', async () => {
    const goal = await submit([sleep('a', 0.3)]);
    expect((await ask(goal, 'resume')).status).toBe(200);
    expect(await end(client, goal.id)).toMatchObject({ state: 'COMPLETED' });
    expect(await story(goal)).not.toContain('goal.resumed');
  });
});

describe('a goal that waits for its start', () => {
  it('stays at RECEIVED until it is told to start, once [ORC-14]', async () => {
    const goal = await submit([echo('a')], { start: false });
    // Another goal that was submitted later passes it.
    await end(client, (await submit([echo('a')])).id);
    expect((await client.get<GoalJson>(`${GOALS}/${goal.id}`)).body).toMatchObject({ state: 'RECEIVED' });
    expect((await ask(goal, 'execute')).status).toBe(200);
    expect(await end(client, goal.id)).toMatchObject({ state: 'COMPLETED' });
    expectProblem(await ask(goal, 'execute'), { status: 409, code: 'goal_final' });
  });

  it('cannot be started when it runs already [ORC-14]', async () => {
    const goal = await submit([sleep('a', LONG)]);
    await running(goal);
    expectProblem(await ask(goal, 'execute'), { status: 409, code: 'already_started' });
    await ask(goal, 'cancel');
  });

  it('fails at its deadline though nobody started it [ORC-2]', async () => {
    const deadline = new Date(Date.now() + 700).toISOString();
    const goal = await submit([echo('a')], { start: false, deadline });
    expect(await end(client, goal.id)).toMatchObject({ state: 'FAILED', error: { code: 'deadline_exceeded' } });
  });
});

describe('a final state', () => {
  it.each(['pause', 'resume', 'cancel', 'execute'])('is not left by %s [ORC-2]', async (verb) => {
    const goal = await submit([echo('a')]);
    const before = await end(client, goal.id);
    expectProblem(await ask(goal, verb), { status: 409, code: 'goal_final', says: /COMPLETED/ });
    expect((await client.get(`${GOALS}/${goal.id}`)).body).toEqual(before);
  });
});

describe('time', () => {
  it('is up at the deadline: what runs is stopped [ORC-2]', async () => {
    const deadline = new Date(Date.now() + 700).toISOString();
    const goal = await submit([sleep('a', LONG), sleep('b', LONG, ['a'])], { deadline });
    const done = await end(client, goal.id);
    expect(done).toMatchObject({ state: 'FAILED', error: { code: 'deadline_exceeded' } });
    expect(done.error?.detail).toContain(deadline);
    expect((await story(goal)).slice(-3)).toEqual(['task.stopped', 'tasks.closed', 'FAILED']);
  });

  it('of a task is up: tried again as often as it says, then failed with the reason [ORC-8]', async () => {
    const tasks = [
      { ...sleep('slow', LONG), timeout_seconds: 0.05, retry: { max_attempts: 2 } },
      echo('after', ['slow']),
    ];
    const goal = await submit(tasks);
    const done = await end(client, goal.id);
    expect(done).toMatchObject({ state: 'FAILED', error: { code: 'task_failed' }, progress: { failed: 1 } });
    expect(done.error?.detail).toMatch(/"slow".*2 of 2 attempts/);
    const [slow, after] = await tasksOf(client, goal.id);
    expect(slow).toMatchObject({ state: 'FAILED', attempts: 2, error: { code: 'tool_timeout' } });
    expect(after).toMatchObject({ state: 'SKIPPED', attempts: 0 });
    expect((await story(goal)).filter((what) => what.startsWith('task.'))).toEqual(['task.retried', 'task.failed']);
  });
});
