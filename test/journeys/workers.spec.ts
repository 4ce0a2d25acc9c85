import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type TestClient,
  type TestProgram,
  createApiKey,
  createMember,
  createTenant,
  startTestProgram,
} from '#libs/testing';
import { type PageJson, allOf, submitted, until } from './goals.js';
import { expectProblem } from './problems.js';

interface WorkerJson {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly goals: number;
}

const PATH = '/api/v1/workers';

let program: TestProgram;
let tenantAdmin: TestClient;
let systemAdmin: TestClient;

beforeAll(async () => {
  program = await startTestProgram({
    ROLE: 'all',
    LEASE_SECONDS: '2',
    WORKER_NAME: 'the one',
    WORKER_CAPABILITIES: 'goal_execution, task_execution',
    WORKER_CAPACITY: '7',
  });
  const tenant = await createTenant(program.database);
  tenantAdmin = program.client((await createApiKey(program.database, tenant)).token);
  const owner = await createMember(program.database, tenant, ['VIEWER']);
  await program.database.system.once('update user_account set is_system_admin = true where id = $1', [owner.id]);
  systemAdmin = program.client((await createApiKey(program.database, tenant, { owner })).token);
});
afterAll(() => program.close());

/** Workers of other machines, as they would have said it; the last one was started last. */
async function others(count: number): Promise<void> {
  await program.database.system.once(
    `insert into worker (id, name, version, machine, role, capabilities, capacity, running, goals, draining, lease_ms,
                         heartbeat_at)
     select gen_random_uuid(), 'other ' || n, '0.0.1', 1, 'worker', '{web_operations}', 4, 0, 0, n % 2 = 0, 3600000,
            now() - interval '50 minutes'
       from generate_series(1, $1::int) n`,
    [count],
  );
}

describe('the list of workers', () => {
  it('shows what each is, can do and has in hand [WRK-1]', async () => {
    const { body } = await systemAdmin.get<PageJson<WorkerJson>>(PATH);
    expect(body).toEqual({
      data: [
        {
          id: expect.stringMatching(/^wrk_[0-9a-z]{26}$/),
          name: 'the one',
          state: 'IDLE',
          role: 'all',
          version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
          machine_version: expect.any(Number),
          capabilities: ['goal_execution', 'task_execution'],
          capacity: 7,
          running_tasks: 0,
          goals: 0,
          started_at: expect.any(String),
          last_heartbeat_at: expect.any(String),
          stopped_at: null,
        },
      ],
      next_cursor: null,
    });
    const plan = { tasks: [{ id: 'a', tool: 'sleep', arguments: { seconds: 600 } }] };
    const { id } = await submitted(tenantAdmin, { description: 'Busy', plan });
    await expect
      .poll(async () => (await systemAdmin.get<PageJson<WorkerJson>>(`${PATH}?state=BUSY`)).body.data)
      .toMatchObject([{ name: 'the one', goals: 1 }]);
    await tenantAdmin.post(`/api/v1/goals/${id}/cancel`);
    await until(tenantAdmin, id, ({ state }) => state === 'CANCELLED');
  });

  it('is paged and filtered like other lists [WRK-1]', async () => {
    await others(5);
    const all = await allOf<WorkerJson>(systemAdmin, PATH, 2);
    expect(all).toHaveLength(6);
    expect(all.map(({ id }) => id)).toEqual(
      all
        .map(({ id }) => id)
        .toSorted()
        .toReversed(),
    );
    const draining = await systemAdmin.get<PageJson<WorkerJson>>(`${PATH}?state=DRAINING`);
    expect(draining.body.data.map(({ name }) => name).toSorted()).toEqual(['other 2', 'other 4']);
    expectProblem(await systemAdmin.get(`${PATH}?state=ASLEEP`), { path: '$query.state' });
    expectProblem(await systemAdmin.get(`${PATH}?cursor=nonsense`), { path: '$query.cursor' });
  });

  it('is for platform administrators, since workers belong to no tenant [WRK-1]', async () => {
    expectProblem(await tenantAdmin.get(PATH), { status: 403, code: 'permission_denied' });
    expectProblem(await program.client().get(PATH), { status: 401, code: 'unauthenticated' });
  });
});
