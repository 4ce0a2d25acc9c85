import { newId, systemClock } from '#libs/kernel';
import { goalStoreSuite } from './goal-store.suite.js';
import { InMemoryGoalStore } from './in-memory-goal-store.js';

goalStoreSuite('the in-memory store', async () => {
  const store = new InMemoryGoalStore(systemClock);
  return { store, newTenant: async () => newId(), read: (tenantId, goalId) => store.read(tenantId, goalId) };
});
