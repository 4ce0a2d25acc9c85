import { describe, expect, it } from 'vitest';
import { InMemoryGoalStore } from '../conformance/in-memory-goal-store.js';
import { catalogueOf, newGoal } from '../conformance/kit.js';
import { ACTOR } from '../conformance/scene.js';
import { LeaseTimer } from './lease-timer.js';
import { GoalRun } from './run.js';
import { Saver } from './saver.js';

describe('what is stored of a goal', () => {
  it('keeps the time that it worked for when a command comes after its end [ORC-13]', async () => {
    let time = 0;
    const clock = { now: () => time, monotonic: () => time };
    const store = new InMemoryGoalStore(clock);
    const submitted = newGoal({ tasks: [{ id: 'a', tool: 'echo' }] });
    await store.submit(submitted);
    const { id, tenantId } = submitted.goal;
    const [leased] = await store.claim({ workerId: 'w', limit: 1, leaseMs: 10_000 });
    const run = new GoalRun(leased!, catalogueOf({}), ACTOR, clock);
    const saver = new Saver(run, store, new LeaseTimer(clock, 10_000));
    time = 70;
    run.step('cancelled');
    await saver.save();
    time = 500;
    run.apply({ id: 'late', goalId: id, kind: 'start', actor: ACTOR, reason: null });
    await saver.save();
    expect((await store.read(tenantId, id))?.goal).toMatchObject({ state: 'CANCELLED', activeMs: 70 });
  });
});
