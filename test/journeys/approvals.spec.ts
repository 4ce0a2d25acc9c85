import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parsePublicId } from '#libs/kernel';
import {
  type TestClient,
  type TestProgram,
  type TestTenant,
  createApiKey,
  createMember,
  createTenant,
  startTestProgram,
} from '#libs/testing';
import { type GoalJson, type PageJson, end, journalOf, submitted, tasksOf, until } from './goals.js';
import { expectProblem } from './problems.js';

interface ApprovalJson {
  readonly id: string;
  readonly task_id: string;
  readonly task_key: string;
  readonly state: string;
  readonly arguments: object;
  readonly arguments_hash: string;
  readonly decided_by: { readonly id: string; readonly name: string } | null;
  readonly decided_at: string | null;
}

let program: TestProgram;
let tenant: TestTenant;
/** Submits goals. */
let requester: TestClient;
/** Another member, who may decide. */
let operator: TestClient;
let operatorKey: string;

beforeAll(async () => {
  program = await startTestProgram({ ROLE: 'all' });
  tenant = await createTenant(program.database);
  requester = program.client((await createApiKey(program.database, tenant)).token);
  const owner = await createMember(program.database, tenant, ['OPERATOR']);
  const key = await createApiKey(program.database, tenant, { owner });
  operator = program.client(key.token);
  operatorKey = key.keyId;
});
afterAll(() => program.close());

const FILES = ['old.csv', 'keep.csv'].map((path) => ({ path, content_base64: Buffer.from(path).toString('base64') }));
const remove = (id: string, path = 'old.csv', rest: object = {}) => ({
  id,
  tool: 'delete_file',
  arguments: { path },
  ...rest,
});

const submit = (tasks: readonly object[], rest: object = {}) =>
  submitted(requester, { description: 'Tidy up', files: FILES, plan: { tasks }, ...rest });

async function pendingOf(goal: GoalJson, count = 1): Promise<readonly ApprovalJson[]> {
  await until(requester, goal.id, () => true);
  for (;;) {
    const { body } = await operator.get<PageJson<ApprovalJson>>(`/api/v1/approvals?state=pending&goal_id=${goal.id}`);
    if (body.data.length >= count) return body.data;
    expect((await requester.get<GoalJson>(`/api/v1/goals/${goal.id}`)).body.error).toBeNull();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const approve = (client: TestClient, { id }: { id: string }, body?: object) =>
  client.post<ApprovalJson>(`/api/v1/approvals/${id}/approve`, body);
const reject = (client: TestClient, { id }: { id: string }, body: object = { reason: 'still needed' }) =>
  client.post<ApprovalJson>(`/api/v1/approvals/${id}/reject`, body);

describe('an approval', () => {
  it('shows exactly what would run, and that is what runs once it is given [SAF-3]', async () => {
    const goal = await submit([
      remove('clean'),
      { id: 'look', tool: 'list_directory', arguments: { path: '.' }, depends_on: ['clean'] },
    ]);
    const [asked] = await pendingOf(goal);
    expect(asked).toMatchObject({
      goal_id: goal.id,
      goal_description: 'Tidy up',
      task_key: 'clean',
      tool: 'delete_file',
      action: 'delete',
      risk: 'MEDIUM',
      arguments: { path: 'old.csv' },
      arguments_hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      requested_by: { kind: 'api_key' },
      state: 'pending',
      decided_by: null,
    });
    expect((await operator.get(`/api/v1/approvals/${asked!.id}`)).body).toEqual(asked);
    const given = await approve(operator, asked!, { reason: 'nobody reads it' });
    expect(given.body).toMatchObject({
      state: 'approved',
      decided_by: { id: operatorKey },
      decision_reason: 'nobody reads it',
    });
    expect((await end(requester, goal.id)).state).toBe('COMPLETED');
    const look = (await tasksOf(requester, goal.id)).find(({ key }) => key === 'look');
    expect(look?.output).toMatchObject({ entries: [{ name: 'keep.csv' }] });
    const rows = await journalOf(requester, goal.id);
    expect(rows.find(({ type }) => type === 'approval.granted')).toMatchObject({
      actor: { id: operatorKey },
      reason: 'nobody reads it',
    });
    expect(rows.find(({ type, data }) => type === 'task.completed' && data?.['key'] === 'clean')?.data).toMatchObject({
      call: {
        tool: 'delete_file',
        arguments: { path: 'old.csv' },
        approval_id: asked!.id,
        approved_by: { id: operatorKey },
      },
    });
  });

  it('that is refused fails its task with the reason, and nothing has run [SAF-3]', async () => {
    const goal = await submit([remove('clean')]);
    const [asked] = await pendingOf(goal);
    expect((await reject(operator, asked!)).body).toMatchObject({ state: 'rejected', decision_reason: 'still needed' });
    expect(await end(requester, goal.id)).toMatchObject({
      state: 'FAILED',
      error: { code: 'approval_refused', detail: expect.stringContaining('still needed') },
    });
    expect(await tasksOf(requester, goal.id)).toMatchObject([
      { state: 'FAILED', attempts: 0, error: { code: 'approval_refused' } },
    ]);
    for (const body of [{}, { reason: '' }, { reason: ' \n\t' }]) {
      expectProblem(await reject(operator, asked!, body), { status: 400, code: 'invalid_input', path: 'reason' });
    }
  });

  it('clicked twice by the same person is one decision; by another, or the other way round, too late [SAF-3]', async () => {
    const goal = await submit([remove('clean')]);
    const [asked] = await pendingOf(goal);
    const clicks = await Promise.all(Array.from({ length: 10 }, () => approve(operator, asked!)));
    expect(clicks.map(({ status }) => status)).toEqual(clicks.map(() => 200));
    const { body: decided } = await operator.get<ApprovalJson>(`/api/v1/approvals/${asked!.id}`);
    const { id: by, name } = decided.decided_by!;
    const detail = `The approval was approved by ${name} (${by}) at ${decided.decided_at}: the first answer counts.`;
    const other = await reject(operator, asked!);
    expect(other).toMatchObject({ status: 409, body: { code: 'approval_decided', detail } });
    const second = await createMember(program.database, tenant, ['OPERATOR']);
    const late = program.client((await createApiKey(program.database, tenant, { owner: second })).token);
    expect((await approve(late, asked!)).body).toMatchObject({ status: 409, code: 'approval_decided', detail });
    await end(requester, goal.id);
    expect((await journalOf(requester, goal.id)).filter(({ type }) => type === 'approval.granted')).toHaveLength(1);
  });

  it('of several is honoured in whatever order it is answered, and one alone is named by its task [SAF-3, ORC-14]', async () => {
    const goal = await submit([remove('a', 'old.csv'), remove('b', 'keep.csv')]);
    const asked = await pendingOf(goal, 2);
    expectProblem(await operator.post(`/api/v1/goals/${goal.id}/approve`), { status: 409, code: 'several_pending' });
    const last = asked.find(({ task_key }) => task_key === 'b')!;
    const byTask = await operator.post(`/api/v1/goals/${goal.id}/approve`, { task_id: last.task_id });
    expect(byTask.status).toBe(200);
    expect((await operator.post(`/api/v1/goals/${goal.id}/approve`, { reason: 'the other' })).status).toBe(200);
    expect((await end(requester, goal.id)).state).toBe('COMPLETED');
    expectProblem(await operator.post(`/api/v1/goals/${goal.id}/approve`), { status: 409, code: 'nothing_pending' });
  });

  it('is told to be too late the moment that its time has passed, before its goal has heard of that [SAF-3]', async () => {
    const goal = await submit([remove('clean')]);
    const [asked] = await pendingOf(goal);
    await program.database.system.once(`update approval set expires_at = now() - interval '1 second' where id = $1`, [
      uuidOf(asked!.id),
    ]);
    expectProblem(await approve(operator, asked!), { status: 409, code: 'approval_expired' });
    expect((await operator.get(`/api/v1/approvals/${asked!.id}`)).body).toMatchObject({ state: 'expired' });
    const { body } = await operator.get<PageJson<ApprovalJson>>(`/api/v1/approvals?state=pending&goal_id=${goal.id}`);
    expect(body.data).toEqual([]);
    await requester.post(`/api/v1/goals/${goal.id}/cancel`);
    await end(requester, goal.id);
  });

  it('is void once what would run is something else: another one is asked for [SAF-3]', async () => {
    const goal = await submit([
      { id: 'name', tool: 'echo', arguments: { path: 'old.csv' } },
      remove('clean', 'x', { arguments: { path: { $ref: 'name.output.path' } } }),
    ]);
    const [asked] = await pendingOf(goal);
    expect(asked).toMatchObject({ arguments: { path: 'old.csv' } });
    // Somebody with access to the database points the reference at another file, after the question was asked.
    await program.database.system.once(
      `update task set output = '{"path": "keep.csv"}' where goal_id = $1 and key = 'name'`,
      [uuidOf(goal.id)],
    );
    await approve(operator, asked!);
    const again = (await pendingOf(goal)).find(({ id }) => id !== asked!.id);
    expect(again).toMatchObject({ arguments: { path: 'keep.csv' }, reason: expect.stringContaining('changed') });
    const first = await operator.get(`/api/v1/approvals/${asked!.id}`);
    expect(first.body).toMatchObject({ state: 'void', decided_by: { id: operatorKey } });
    await reject(operator, again!);
    expect((await end(requester, goal.id)).state).toBe('FAILED');
    expect((await operator.get(`/api/v1/approvals/${again!.id}`)).body).toMatchObject({ state: 'rejected' });
    const ofClean = (await journalOf(requester, goal.id)).filter(({ data }) => data?.['key'] === 'clean');
    const types = ofClean.map(({ type }) => type);
    expect(types).not.toContain('task.started');
    expect(types).not.toContain('task.completed');
    expect(types).toContain('approval.voided');
  });

  it('by somebody who lost the right since is worth nothing: another one is asked for [SAF-3]', async () => {
    const leaver = await createMember(program.database, tenant, ['OPERATOR']);
    const key = await createApiKey(program.database, tenant, { owner: leaver });
    const goal = await submit([remove('clean', 'old.csv')]);
    const [asked] = await pendingOf(goal);
    // The goal is paused, so that the right can go between the click and the run.
    await requester.post(`/api/v1/goals/${goal.id}/pause`);
    expect((await approve(program.client(key.token), asked!)).status).toBe(200);
    await program.database.system.once(`update api_key set status = 'revoked' where key_id = $1`, [key.keyId]);
    await new Promise((resolve) => setTimeout(resolve, 600));
    await requester.post(`/api/v1/goals/${goal.id}/resume`);
    const again = (await pendingOf(goal)).find(({ id }) => id !== asked!.id)!;
    expect(again).toMatchObject({ state: 'pending', reason: expect.stringContaining('may no longer approve') });
    await approve(operator, again);
    expect((await end(requester, goal.id)).state).toBe('COMPLETED');
  });

  it('is void when the goal is cancelled [SAF-3]', async () => {
    const goal = await submit([remove('clean')]);
    const [asked] = await pendingOf(goal);
    await requester.post(`/api/v1/goals/${goal.id}/cancel`);
    await end(requester, goal.id);
    expect((await operator.get(`/api/v1/approvals/${asked!.id}`)).body).toMatchObject({ state: 'void' });
    const late = await approve(operator, asked!);
    expectProblem(late, { status: 409, code: 'approval_decided' });
    expect(late.body).toMatchObject({ detail: expect.stringMatching(/ became void at \d{4}-.*Z: its goal ended/) });
  });

  it('waits without a lease and outlives the process [SAF-3, ORC-16]', async () => {
    const goal = await submit([remove('clean')]);
    const [asked] = await pendingOf(goal);
    const owner = async () => {
      const sql = "select lease_owner, wake_at > now() + interval '23 hours' as sleeps from goal where id = $1";
      const [row] = await program.database.system.once<{ lease_owner: string | null; sleeps: boolean }>(sql, [
        uuidOf(goal.id),
      ]);
      return row!;
    };
    await until(requester, goal.id, ({ progress }) => progress.running === 0);
    await expect.poll(owner, { timeout: 10_000 }).toEqual({ lease_owner: null, sleeps: true });
    await reject(operator, asked!);
    await end(requester, goal.id);
  });
});

describe('who may approve', () => {
  it('is not whoever asked, by any of their keys, unless the tenant allows it [SAF-3]', async () => {
    const goal = await submit([remove('clean')]);
    const [asked] = await pendingOf(goal);
    expectProblem(await approve(requester, asked!), { status: 403, code: 'own_request' });
    const another = program.client((await createApiKey(program.database, tenant)).token);
    expectProblem(await approve(another, asked!), { status: 403, code: 'own_request' });
    // To refuse one's own request is to take it back.
    expect((await reject(requester, asked!)).status).toBe(200);

    const relaxed = await createTenant(program.database, { settings: { approvals: { requester_may_approve: true } } });
    const alone = program.client((await createApiKey(program.database, relaxed)).token);
    const own = await submitted(alone, { description: 'Tidy up', files: FILES, plan: { tasks: [remove('clean')] } });
    await expect
      .poll(async () => (await alone.post(`/api/v1/goals/${own.id}/approve`)).status, { timeout: 10_000 })
      .toBe(200);
    expect((await end(alone, own.id)).state).toBe('COMPLETED');
  });

  it('is nobody without goal:approve [SAF-3, RBC-1]', async () => {
    const goal = await submit([remove('clean')]);
    const [asked] = await pendingOf(goal);
    const owner = await createMember(program.database, tenant, ['VIEWER']);
    const viewer = program.client((await createApiKey(program.database, tenant, { owner })).token);
    expect((await viewer.get(`/api/v1/approvals/${asked!.id}`)).status).toBe(200);
    expectProblem(await approve(viewer, asked!), { status: 403, code: 'permission_denied' });
    expectProblem(await reject(viewer, asked!), { status: 403, code: 'permission_denied' });
    await reject(operator, asked!);
  });
});

describe('what asks', () => {
  it('is told by a dry run, which decides nothing [SAF-3, ORC-14]', async () => {
    const { body } = await requester.post<{ tasks: readonly { decision: object }[] }>('/api/v1/goals?dry_run=true', {
      description: 'Tidy up',
      files: FILES,
      plan: {
        tasks: [
          remove('clean'),
          { id: 'run', tool: 'run_command', arguments: { command: ['true'] } },
          { id: 'code', tool: 'execute_javascript', arguments: { code: '1' } },
          { id: 'fine', tool: 'echo' },
        ],
      },
    });
    expect(body.tasks.map(({ decision }) => decision)).toMatchObject([
      { decision: 'ask', action: 'delete' },
      { decision: 'ask', action: 'code' },
      { decision: 'ask', action: 'code' },
      { decision: 'allow', action: null },
    ]);
  });
});

function uuidOf(id: string): string {
  return parsePublicId(id.startsWith('goal') ? 'goal' : 'appr', id)!;
}
