import type { GoalState, TaskState } from '#libs/orchestration';
import { type Database, GoalClaims, Heartbeats } from '#libs/persistence';
import { createTenant, createTestDatabase } from '#libs/testing';
import { afterAll } from 'vitest';
import { goalStoreSuite } from '../../../libs/orchestration/src/conformance/goal-store.suite.js';
import { PgGoalStore } from './pg-goal-store.js';

let database: Database | undefined;
afterAll(() => database?.close());

goalStoreSuite('PostgreSQL', async () => {
  const open = (database = await createTestDatabase());
  return {
    store: new PgGoalStore(open.tenants, new GoalClaims(open.claims), new Heartbeats(open.reserved), () => ''),
    newTenant: async () => (await createTenant(open)).id,
    read: async (tenantId, goalId) => {
      const [goal] = await open.tenants.once<{ state: GoalState; last_seq: number }>(
        tenantId,
        'select state, last_seq from goal where id = $1',
        [goalId],
      );
      const tasks = await open.tenants.once<{ key: string; state: TaskState; output: { [key: string]: string } }>(
        tenantId,
        'select key, state, output from task where goal_id = $1 order by position',
        [goalId],
      );
      const journal = await open.tenants.once<{ seq: number; type: string }>(
        tenantId,
        'select seq, type from goal_journal where goal_id = $1 order by seq',
        [goalId],
      );
      const approvals = await open.tenants.once<{ id: string; state: string }>(
        tenantId,
        'select id, state from approval where goal_id = $1 order by id',
        [goalId],
      );
      return goal && { goal: { state: goal.state, lastSeq: goal.last_seq }, tasks, journal, approvals };
    },
  };
});
