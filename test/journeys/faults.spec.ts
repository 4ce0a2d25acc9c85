import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type TestClient,
  type TestProgram,
  createApiKey,
  createTenant,
  runOnce,
  startTestProgram,
  testServer,
} from '#libs/testing';
import { ChildProgram } from './child-program.js';
import { type GoalJson, allOf, end, journalOf, submitted, tasksOf, until } from './goals.js';

/** Each task of a chain of this length has succeeded exactly once. */
async function expectOnce(client: TestClient, id: string, length: number): Promise<void> {
  expect(await end(client, id, 40_000)).toMatchObject({ state: 'COMPLETED', progress: { succeeded: length } });
  const rows = await journalOf(client, id);
  const completed = rows.filter(({ type }) => type === 'task.completed').map(({ data }) => data?.['key']);
  expect(completed).toEqual(Array.from({ length }, (_, n) => `t${n}`));
}

function chain(length: number, seconds: number): object[] {
  return Array.from({ length }, (_, n) => ({
    id: `t${n}`,
    ...(n % 2 === 0
      ? { tool: 'sleep', arguments: { seconds } }
      : { tool: 'write_file', arguments: { path: `${n}.txt`, content: `${n}` } }),
    depends_on: n === 0 ? [] : [`t${n - 1}`],
  }));
}

describe('while the database goes away again and again', () => {
  let program: TestProgram;
  let client: TestClient;

  beforeAll(async () => {
    program = await startTestProgram({ ROLE: 'all' });
    client = program.client((await createApiKey(program.database, await createTenant(program.database))).token);
  });
  afterAll(() => program.close());

  async function endAllSessions(): Promise<void> {
    const name = new URL(program.database.connection.url ?? '').pathname.slice(1);
    await runOnce(
      testServer().administratorUrl,
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = $1',
      [name],
    );
  }

  /** As a careful script submits: under a key, again while the answer is that it should be. */
  async function submit(n: number): Promise<string> {
    const body = { description: `Goal ${n}`, plan: { tasks: chain(6, 0.15) } };
    for (let attempt = 0; attempt < 700; attempt++) {
      const answer = await client.post<GoalJson>('/api/v1/goals', body, {
        headers: { 'idempotency-key': `goal ${n}` },
      });
      if (answer.status === 202) return answer.body.id;
      // Never is the caller to blame, and never does it look as if the goal were refused.
      expect([409, 503], JSON.stringify(answer.body)).toContain(answer.status);
      await sleep(100);
    }
    throw new Error('it could not be submitted');
  }

  it('no goal is lost, doubled or failed [ORC-3, ORC-16]', async () => {
    const goals = Promise.all(
      Array.from({ length: 20 }, async (_, n) => {
        await sleep(n * 60);
        return submit(n);
      }),
    );
    for (let restart = 0; restart < 6; restart++) {
      await sleep(250);
      await endAllSessions();
    }
    const ids = await goals;
    for (const id of ids) await expectOnce(client, id, 6);
    expect(new Set(ids).size).toBe(20);
    await until(client, ids[0]!, ({ state }) => state === 'COMPLETED');
    expect(await allOf<GoalJson>(client, '/api/v1/goals')).toHaveLength(20);
  });
});

describe('a worker that hangs and comes back', () => {
  let folder: string;
  let program: TestProgram;
  const workers: ChildProgram[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'village-hang-'));
    program = await startTestProgram({ ROLE: 'api', DATA_DIR: folder });
  });
  afterAll(async () => {
    await Promise.all(workers.map((worker) => worker.kill()));
    await program.close();
    await rm(folder, { recursive: true });
  });

  function startWorker(): ChildProgram {
    const { url } = program.database.connection;
    const worker = new ChildProgram({ ROLE: 'worker', DATABASE_URL: url ?? '', DATA_DIR: folder, LEASE_SECONDS: '2' });
    workers.push(worker);
    return worker;
  }

  it('finds its goal with another one, and changes nothing of it [ORC-16]', async () => {
    const client = program.client((await createApiKey(program.database, await createTenant(program.database))).token);
    const hanging = startWorker();
    await hanging.ready();
    const { id } = await submitted(client, { description: 'Taken over', plan: { tasks: chain(4, 1) } });
    await until(client, id, ({ progress }) => progress.running === 1);
    hanging.signal('SIGSTOP');
    const other = startWorker();
    await other.ready();
    await expectOnce(client, id, 4);
    const [done, tasks, rows] = [
      (await client.get<GoalJson>(`/api/v1/goals/${id}`)).body,
      await tasksOf(client, id),
      await journalOf(client, id),
    ];
    // What was under way is told, and was begun anew.
    expect(rows.map(({ type }) => type)).toContain('task.interrupted');
    expect(tasks.map(({ attempts }) => attempts)).toEqual([2, 1, 1, 1]);

    // Its sleep is over by now: it has a result to write, and a file to write after that.
    hanging.signal('SIGCONT');
    await sleep(1_500);
    expect((await client.get(`/api/v1/goals/${id}`)).body).toEqual(done);
    expect(await tasksOf(client, id)).toEqual(tasks);
    expect(await journalOf(client, id)).toEqual(rows);
    // And it is as good a worker as before.
    expect(await other.stop()).toBe(0);
    const next = await submitted(client, { description: 'Next', plan: { tasks: chain(2, 0.1) } });
    await expectOnce(client, next.id, 2);
    expect(await hanging.stop()).toBe(0);
  });
});
