import { type Database, GoalClaims, Heartbeats, TaskDispatches } from '#libs/persistence';
import { createTenant, createTestDatabase } from '#libs/testing';
import { afterAll, beforeAll, describe } from 'vitest';
import { dispatchStoreSuite } from '../../../libs/orchestration/src/conformance/dispatch-store.suite.js';
import { PgDispatchStore } from './pg-dispatch-store.js';
import { PgGoalStore } from './pg-goal-store.js';

let database: Database;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

describe('PostgreSQL as a store of dispatched calls', () => {
  dispatchStoreSuite(async () => ({
    store: new PgGoalStore(
      database.tenants,
      new GoalClaims(database.claims),
      new Heartbeats(database.reserved),
      () => '',
    ),
    dispatches: new PgDispatchStore(new TaskDispatches(database.claims)),
    newTenant: async () => (await createTenant(database)).id,
  }));
});
