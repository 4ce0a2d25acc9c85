import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parsePublicId } from '#libs/kernel';
import type { Transaction } from '#libs/persistence';
import {
  type TestClient,
  type TestProgram,
  type TestTenant,
  createApiKey,
  createTenant,
  startTestProgram,
} from '#libs/testing';
import { type GoalJson, end, journalOf, submitted } from './goals.js';
import { until } from '../../libs/orchestration/src/conformance/kit.js';
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

const PLAN = { tasks: [{ id: 'a', tool: 'echo', arguments: { n: 1 } }] };

/** A goal that has completed, and the parameters that name it in statements. */
async function completed() {
  const goal = await submitted(client, { description: 'Seen again', plan: PLAN });
  expect((await end(client, goal.id)).state).toBe('COMPLETED');
  const last = (await journalOf(client, goal.id)).length;
  return { path: `${GOALS}/${goal.id}`, last, key: [tenant.id, parsePublicId('goal', goal.id)] };
}

/** Lets the goal have a second version of its plan, as the owner of a goal that is planned anew stores it. */
async function planAnew({ query }: Transaction, key: readonly unknown[]): Promise<void> {
  await query(
    `insert into goal_plan (tenant_id, goal_id, version, plan)
     select tenant_id, goal_id, 2, plan from goal_plan where tenant_id = $1 and goal_id = $2`,
    key,
  );
  await query(
    `insert into goal_journal (tenant_id, goal_id, seq, at, type, from_state, to_state, actor, data)
     select tenant_id, id, last_seq + 1, now(), 'goal.transition', 'TASK_DECOMPOSITION', 'EXECUTING', '{}',
            '{"plan_version": 2}'
       from goal where tenant_id = $1 and id = $2`,
    key,
  );
  await query('update task set plan_version = 2 where tenant_id = $1 and goal_id = $2', key);
  await query('update goal set plan_version = 2, last_seq = last_seq + 1 where tenant_id = $1 and id = $2', key);
}

/** Whether somebody waits for a lock of the other transaction. */
const isWaiting = async ({ query }: Transaction) =>
  (await query('select from pg_locks where not granted and relation = $1::regclass', ['task'])).length > 0;

describe('the past of a goal', () => {
  it('is forked under one version of its plan, also where it is planned anew meanwhile [ORC-12]', async () => {
    const { path, last, key } = await completed();
    const forking = await program.database.tenants.run(tenant.id, async (transaction) => {
      await transaction.query('lock table task in access exclusive mode');
      // The journal has been read by the time that the results are waited for.
      const asked = client.post<GoalJson>(`${path}/fork`, { from_seq: last });
      await until(() => isWaiting(transaction));
      await planAnew(transaction, key);
      return { asked };
    });
    const made = await forking.asked;
    expect(made.status, JSON.stringify(made.body)).toBe(202);
    await end(client, made.body.id);
    const rows = await journalOf(client, made.body.id);
    expect(rows[0]).toMatchObject({ data: { kept: 1 } });
    expect(rows.map(({ type }) => type)).not.toContain('task.completed');
  });

  it('is not read where it has more bytes than a process should hold, and the answer says so [ORC-12]', async () => {
    const { path, last, key } = await completed();
    await program.database.tenants.run(tenant.id, async ({ query }) => {
      await query(
        `insert into goal_journal (tenant_id, goal_id, seq, at, type, actor, data)
         select $1, $2, $3::int + n, now(), 'task.failed', '{}', json_build_object('error', repeat('x', 4 * 1024 * 1024))
           from generate_series(1, 17) as n`,
        [...key, last],
      );
      await query('update goal set last_seq = last_seq + 17 where tenant_id = $1 and id = $2', key);
    });
    const refusal = { status: 422, code: 'history_too_large', says: /earlier row/ };
    expectProblem(await client.get(`${path}/replay`), refusal);
    expectProblem(await client.post(`${path}/fork`, { from_seq: last }), refusal);
    expect((await client.get(`${path}/replay?seq=${last}`)).status).toBe(200);
  });
});
