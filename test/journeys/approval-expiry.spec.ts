import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type TestClient,
  type TestProgram,
  createApiKey,
  createMember,
  createTenant,
  startTestProgram,
} from '#libs/testing';
import { ChildProgram } from './child-program.js';
import { type GoalJson, type PageJson, end, journalOf, submitted, tasksOf } from './goals.js';
import { expectProblem } from './problems.js';

interface Asked {
  readonly id: string;
  readonly state: string;
  readonly decided_by: object | null;
}

const BRIEF = { APPROVAL_SECONDS: '1', LEASE_SECONDS: '2' };

interface Scene {
  readonly program: TestProgram;
  readonly requester: TestClient;
  readonly operator: TestClient;
}

async function sceneOf(role: string): Promise<Scene> {
  const program = await startTestProgram({ ROLE: role, ...BRIEF });
  const tenant = await createTenant(program.database);
  const owner = await createMember(program.database, tenant, ['OPERATOR']);
  const [mine, theirs] = [
    await createApiKey(program.database, tenant),
    await createApiKey(program.database, tenant, { owner }),
  ];
  return { program, requester: program.client(mine.token), operator: program.client(theirs.token) };
}

const submit = ({ requester }: Scene) =>
  submitted(requester, {
    description: 'Tidy up',
    files: [{ path: 'old.csv', content_base64: 'b2xk' }],
    plan: { tasks: [{ id: 'clean', tool: 'delete_file', arguments: { path: 'old.csv' } }] },
  });

async function approvalOf({ operator }: Scene, { id }: GoalJson): Promise<Asked> {
  const read = async () =>
    (await operator.get<PageJson<Asked>>(`/api/v1/approvals?goal_id=${id}`)).body.data[0] ?? false;
  await expect.poll(read, { timeout: 20_000, interval: 20 }).toBeTruthy();
  return (await read()) as Asked;
}

async function expectExpired(scene: Scene, goal: GoalJson): Promise<void> {
  const { requester, operator } = scene;
  expect(await end(requester, goal.id)).toMatchObject({ state: 'FAILED', error: { code: 'approval_refused' } });
  expect(await tasksOf(requester, goal.id)).toMatchObject([{ state: 'FAILED', attempts: 0 }]);
  const asked = await approvalOf(scene, goal);
  expect(asked).toMatchObject({ state: 'expired', decided_by: null });
  expectProblem(await operator.post(`/api/v1/approvals/${asked.id}/approve`), {
    status: 409,
    code: 'approval_expired',
  });
  const rows = await journalOf(requester, goal.id);
  expect(rows.filter(({ type }) => type === 'approval.refused')).toMatchObject([{ data: { state: 'expired' } }]);
}

describe('an approval that nobody decides', () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await sceneOf('all');
  });
  afterAll(() => scene.program.close());

  it('expires by itself, which counts as refused [SAF-3]', async () => {
    await expectExpired(scene, await submit(scene));
  });

  it('expires while its goal is paused, too [SAF-3]', async () => {
    const goal = await submit(scene);
    await approvalOf(scene, goal);
    await scene.requester.post(`/api/v1/goals/${goal.id}/pause`);
    await expect
      .poll(() => tasksOf(scene.requester, goal.id), { timeout: 20_000 })
      .toMatchObject([{ state: 'FAILED', error: { code: 'approval_refused' } }]);
    const paused = await scene.requester.get<GoalJson>(`/api/v1/goals/${goal.id}`);
    expect(paused.body.paused).not.toBeNull();
    await scene.requester.post(`/api/v1/goals/${goal.id}/resume`);
    await expectExpired(scene, goal);
  });
});

describe('an approval whose time runs out while nothing runs', () => {
  let scene: Scene;
  let worker: ChildProgram;
  beforeAll(async () => {
    scene = await sceneOf('api');
    worker = start();
    await worker.ready();
  });
  afterAll(async () => {
    await worker.stop();
    await scene.program.close();
  });

  function start(): ChildProgram {
    const { database, dataDir } = scene.program;
    return new ChildProgram({ ROLE: 'worker', DATABASE_URL: database.connection.url!, DATA_DIR: dataDir, ...BRIEF });
  }

  it('has expired when the program is back [SAF-3, ORC-16]', async () => {
    const goal = await submit(scene);
    await approvalOf(scene, goal);
    await worker.kill();
    await expect.poll(async () => (await approvalOf(scene, goal)).state, { timeout: 20_000 }).toBe('expired');
    const left = await scene.requester.get<GoalJson>(`/api/v1/goals/${goal.id}`);
    expect(left.body.state).not.toMatch(/COMPLETED|FAILED|CANCELLED/);
    worker = start();
    await expectExpired(scene, goal);
  });
});
