import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '#libs/kernel';
import { type TestClone, cloneTestDatabase, runOnce, testServer } from '#libs/testing';
import { extendApprovals } from '../../migrations/1763601100000-extend-approvals.js';

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

async function insertGoal(): Promise<void> {
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
                       plan_version, progress, last_seq, wake_at, sleeping)
     values ($1, $2, 'g', 1, '{}', 'fail', '{}', '[]', false, 'EXECUTING', 1, '{}', 1, now() + interval '1 day', true)`,
    [tenant, goal],
  );
}

/** A task that waits, with its approval and an answer that nobody has heard; uncertain where it says since when. */
async function insertWaiting(key: string, calledAt: string | null): Promise<void> {
  const [task, approval] = [newId(), newId()];
  const uncertain = calledAt && { attempt: 1, since: 1, idempotencyKey: 'av-1', reason: 'r', resolution: null };
  await asAdministrator(
    `insert into task (tenant_id, goal_id, id, key, position, plan_version, state, attempts, depends_on, tool, output_bytes,
                       approval)
     values ($1, $2, $3, $4, 0, 1, 'AWAITING_APPROVAL', 1, '[]', 'http_post', 0, $5)`,
    [tenant, goal, task, key, JSON.stringify({ id: approval, hash: 'h', state: 'pending', expiresAt: 1, uncertain })],
  );
  await asAdministrator(
    `insert into approval (tenant_id, id, goal_id, task_id, tool, action, risk, arguments, arguments_hash, reason,
                           requested_by, expires_at, kind, attempt, called_at)
     values ($1, $2, $3, $4, 'http_post', $5, 'LOW', '{}', 'h', 'r', '{}', now(), $6, $7, $8)`,
    calledAt
      ? [tenant, approval, goal, task, null, 'uncertain', 1, calledAt]
      : [tenant, approval, goal, task, 'delete', 'permission', null, null],
  );
  await asAdministrator(
    `insert into goal_command (tenant_id, goal_id, id, kind, actor, decision) values ($1, $2, $3, 'decide', '{}', $4)`,
    [tenant, goal, newId(), JSON.stringify({ approvalId: approval, approved: true })],
  );
}

describe('to go back to before there were questions about uncertain calls', () => {
  it('leaves such calls as they were when their process died, and other approvals alone [TOL-7]', async () => {
    const { roles } = testServer();
    await insertGoal();
    await insertWaiting('leave', null);
    await insertWaiting('outcome', '2026-11-20T00:00:00Z');
    await asOwner(extendApprovals.down(roles));
    expect(await asAdministrator('select key, state, approval is null as unasked from task order by key')).toEqual([
      { key: 'leave', state: 'AWAITING_APPROVAL', unasked: false },
      { key: 'outcome', state: 'RUNNING', unasked: true },
    ]);
    expect(await asAdministrator('select action from approval')).toEqual([{ action: 'delete' }]);
    expect(await asAdministrator('select kind from goal_command')).toHaveLength(1);
    expect(await asAdministrator('select from goal where wake_at <= now() and not sleeping')).toHaveLength(1);
    const open = `select relname from pg_class
                   where relname in ('goal', 'task', 'approval', 'goal_command') and not relforcerowsecurity`;
    expect(await asAdministrator(open)).toEqual([]);

    await asOwner(extendApprovals.up(roles));
    expect(await asAdministrator('select kind from approval')).toEqual([{ kind: 'permission' }]);
  });
});
