import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '#libs/kernel';
import { type TestClone, cloneTestDatabase, runOnce, testServer } from '#libs/testing';
import { createApprovals } from '../../migrations/1763600600000-create-approvals.js';

let clone: TestClone;

beforeAll(async () => {
  clone = await cloneTestDatabase();
});
afterAll(() => clone.drop());

const [tenant, goal, user] = [newId(), newId(), newId()];
const asAdministrator = <Row extends object>(sql: string, parameters: unknown[] = []) =>
  runOnce<Row>(clone.administratorUrl, sql, parameters);

async function asOwner(statements: readonly string[]): Promise<void> {
  for (const statement of statements) await runOnce(clone.ownerUrl, statement);
}

async function insertWaitingGoal(): Promise<void> {
  await asAdministrator(`insert into user_account (id, email, name, status) values ($1, 'a@b.test', 'a', 'ACTIVE')`, [
    user,
  ]);
  await asAdministrator(
    `insert into tenant (id, name, slug, tier, status, owner_user_id, settings)
     values ($1, 'T', 't', 'FREE', 'ACTIVE', $2, '{}')`,
    [tenant, user],
  );
  await asAdministrator(
    `insert into goal (tenant_id, id, description, priority, context, on_failure, submitter, files, held, state,
                       plan_version, progress, last_seq, wake_at)
     values ($1, $2, 'g', 1, '{}', 'fail', '{}', '[]', false, 'EXECUTING', 1, '{}', 1, now() + interval '1 day')`,
    [tenant, goal],
  );
  await asAdministrator(
    `insert into task (tenant_id, goal_id, id, key, position, plan_version, state, attempts, depends_on, tool, output_bytes)
     values ($1, $2, $3, 'a', 0, 1, 'AWAITING_APPROVAL', 0, '[]', 'echo', 0)`,
    [tenant, goal, newId()],
  );
  await asAdministrator(
    `insert into goal_command (tenant_id, goal_id, id, kind, actor) values ($1, $2, $3, 'decide', '{}')`,
    [tenant, goal, newId()],
  );
}

describe('to go back to before there were approvals', () => {
  it('leaves no task waiting for what nobody can decide [SAF-3]', async () => {
    const { roles } = testServer();
    await insertWaitingGoal();
    await asOwner(createApprovals.down(roles));
    expect(await asAdministrator('select state from task')).toEqual([{ state: 'READY' }]);
    expect(await asAdministrator('select from goal where wake_at <= now()')).toHaveLength(1);
    expect(await asAdministrator('select from goal_command')).toEqual([]);
    const open = `select relname from pg_class where relname in ('goal', 'task', 'goal_command') and not relforcerowsecurity`;
    expect(await asAdministrator(open)).toEqual([]);
    await asOwner(createApprovals.up(roles));
  });
});
