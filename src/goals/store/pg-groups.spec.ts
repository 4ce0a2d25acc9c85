import { runInContext } from '#libs/context';
import { newId } from '#libs/kernel';
import type { LeasedGoal } from '#libs/orchestration';
import { type Database, GoalClaims, Heartbeats } from '#libs/persistence';
import { createTenant, createTestDatabase } from '#libs/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newGoal } from '../../../libs/orchestration/src/conformance/kit.js';
import { PgGoalStore } from './pg-goal-store.js';

const PLAN = { tasks: [{ id: 'a', tool: 'echo' }] };
const ACTOR = { kind: 'user', id: 'usr_test', name: 'somebody' };

let database: Database;
/** Two processes. */
let stores: readonly [PgGoalStore, PgGoalStore];

beforeAll(async () => {
  database = await createTestDatabase({ poolSize: 8 });
  const open = () =>
    new PgGoalStore(database.tenants, new GoalClaims(database.claims), new Heartbeats(database.reserved), () => '');
  stores = [open(), open()];
});
afterAll(() => database.close());

function contextOf(requestId: string) {
  return {
    requestId,
    address: '',
    operation: 'test',
    principal: undefined,
    tenantId: undefined,
    tokensUsed: 0,
    apiCalls: 0,
  };
}

/** A change that only notes something, `n` rows after the claim. */
function note({ lease, goal }: LeasedGoal, n: number) {
  const expectedSeq = goal.lastSeq + n;
  return {
    lease,
    goal: { ...goal, lastSeq: expectedSeq + 1 },
    expectedSeq,
    plans: [],
    tasks: [],
    journal: [{ at: Date.now(), type: 'note', from: null, to: null, actor: ACTOR, reason: null, data: null }],
    events: [],
    artifacts: [],
    approvals: [],
    handledCommands: [],
    dispatches: [],
    endedDispatches: [],
    release: null,
  };
}

describe('groups of goals in PostgreSQL', () => {
  it('keep the request of each event, whoever the group was written for [EVT-2]', async () => {
    const tenants = [(await createTenant(database)).id, (await createTenant(database)).id];
    const goals = tenants.map((tenantId) => newGoal(PLAN, { tenantId }));
    const submit = (n: number) => runInContext(contextOf(`req_${n}`), () => stores[0].submit(goals[n]!));
    expect(await Promise.all([submit(0), submit(1)])).toEqual(['stored', 'stored']);
    for (const [n, tenantId] of tenants.entries()) {
      const rows = await database.tenants.once(tenantId, 'select request_id from event where resource_id = $1', [
        goals[n]!.goal.id,
      ]);
      expect(rows).toEqual([{ request_id: `req_${n}` }]);
    }
  });

  it('never wait in a circle for renewals, and no renewal is lost [ORC-16, WRK-4]', async () => {
    const tenantId = (await createTenant(database)).id;
    const goals = Array.from({ length: 60 }, () => newGoal(PLAN, { tenantId }));
    await Promise.all(goals.map((goal) => stores[0].submit(goal)));
    const leased = await stores[0].claim({ workerId: newId(), limit: 100, leaseMs: 60_000 });
    const mine = leased.filter(({ goal }) => goal.tenantId === tenantId);
    expect(mine).toHaveLength(60);

    // What one process carries is written in groups by two here, so that groups meet each other as well.
    const commitAll = async (rounds: number): Promise<string[]> => {
      const outcomes: string[] = [];
      for (let n = 0; n < rounds; n++) {
        const commits = mine.toReversed().map((goal, at) => stores[at % 3 === 0 ? 1 : 0].commit(note(goal, n)));
        outcomes.push(...(await Promise.all(commits)));
      }
      return outcomes;
    };
    const committing = { done: false };
    const renewals: Promise<ReadonlySet<string>>[] = [];
    const renewing = async (): Promise<void> => {
      while (!committing.done) {
        const asked = stores.map((store) =>
          store.renew(
            mine.map(({ lease }) => lease),
            60_000,
          ),
        );
        renewals.push(...asked);
        await Promise.all(asked);
      }
    };
    const [outcomes] = await Promise.all([commitAll(60).finally(() => (committing.done = true)), renewing()]);
    expect(outcomes.filter((outcome) => outcome !== 'committed')).toEqual([]);
    expect((await Promise.all(renewals)).filter((lost) => lost.size > 0)).toEqual([]);
    const [counted] = await database.system.once<{ deadlocks: number }>(
      'select deadlocks::int from pg_stat_database where datname = current_database()',
    );
    expect(counted).toEqual({ deadlocks: 0 });
  });
});
