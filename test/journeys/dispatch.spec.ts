import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestClient, type TestProgram, createApiKey, createTenant, startTestProgram } from '#libs/testing';
import { ChildProgram } from './child-program.js';
import { end, journalOf, submitted, tasksOf, until } from './goals.js';

describe('an owner of goals that can do nothing else', () => {
  let folder: string;
  let program: TestProgram;
  let client: TestClient;
  const workers: ChildProgram[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'village-dispatch-'));
    program = await startTestProgram({ ROLE: 'all', DATA_DIR: folder, WORKER_CAPABILITIES: 'goal_execution' });
    client = program.client((await createApiKey(program.database, await createTenant(program.database))).token);
  });
  afterAll(async () => {
    await Promise.all(workers.map((worker) => worker.kill()));
    await program.close();
    await rm(folder, { recursive: true });
  });

  async function startWorker(capabilities: string): Promise<ChildProgram> {
    const { url } = program.database.connection;
    const worker = new ChildProgram({
      ROLE: 'worker',
      DATABASE_URL: url ?? '',
      DATA_DIR: folder,
      LEASE_SECONDS: '2',
      WORKER_CAPABILITIES: capabilities,
    });
    workers.push(worker);
    await worker.ready();
    return worker;
  }

  it('has its tasks done by workers that can, and keeps what they leave [WRK-1, WRK-2]', async () => {
    await startWorker('file_operations');
    const { id } = await submitted(client, {
      description: 'Files',
      plan: {
        tasks: [
          { id: 'write', tool: 'write_file', arguments: { path: 'a.txt', content: 'by another process' } },
          { id: 'read', tool: 'read_file', arguments: { path: 'a.txt' }, depends_on: ['write'] },
        ],
      },
    });
    expect(await end(client, id)).toMatchObject({ state: 'COMPLETED' });
    const [write, read] = await tasksOf(client, id);
    expect(read?.output).toMatchObject({ content: 'by another process' });
    expect(write).toMatchObject({ attempts: 1, worker_id: expect.stringMatching(/^wrk_/) });
    const artifacts = await client.get<{ data: readonly { path: string }[] }>(`/api/v1/goals/${id}/artifacts`);
    expect(artifacts.body.data.map(({ path }) => path)).toEqual(['a.txt']);
    const types = (await journalOf(client, id)).map(({ type }) => type);
    expect(types.filter((type) => type === 'task.queued')).toHaveLength(2);
    expect(types.filter((type) => type === 'task.completed')).toHaveLength(2);
  });

  it('has the call of a killed worker made by the next one [WRK-4]', async () => {
    const { id } = await submitted(client, {
      description: 'Sleep',
      plan: { tasks: [{ id: 'nap', tool: 'sleep', arguments: { seconds: 1.5 } }] },
    });
    const first = await startWorker('task_execution');
    await until(client, id, ({ progress }) => progress.running === 1);
    await first.kill();
    await startWorker('task_execution');
    expect(await end(client, id, 20_000)).toMatchObject({ state: 'COMPLETED' });
    expect(await tasksOf(client, id)).toMatchObject([{ state: 'SUCCEEDED', attempts: 1 }]);
  });

  it('stops a call that another worker makes when the goal is cancelled [ORC-11]', async () => {
    const { id } = await submitted(client, {
      description: 'Sleep long',
      plan: { tasks: [{ id: 'nap', tool: 'sleep', arguments: { seconds: 60 } }] },
    });
    await until(client, id, ({ progress }) => progress.running === 1);
    await client.post(`/api/v1/goals/${id}/cancel`, {});
    expect(await end(client, id, 5_000)).toMatchObject({ state: 'CANCELLED' });
    expect(await tasksOf(client, id)).toMatchObject([{ state: 'CANCELLED' }]);
  });
});
