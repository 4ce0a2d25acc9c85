import { newId, systemClock } from '#libs/kernel';
import { describe } from 'vitest';
import { dispatchStoreSuite } from './dispatch-store.suite.js';
import { InMemoryGoalStore } from './in-memory-goal-store.js';

describe('the in-memory store of dispatched calls', () => {
  const store = new InMemoryGoalStore(systemClock);
  dispatchStoreSuite(async () => ({
    store,
    dispatches: store.dispatches,
    newTenant: async () => newId(),
  }));
});
