import { COMMON_ERRORS, systemClock } from '#libs/kernel';
import { describe, expect, it } from 'vitest';
import { InMemoryGoalStore } from '../conformance/in-memory-goal-store.js';
import { engineOver, newGoal, ok, until } from '../conformance/kit.js';

describe('an engine whose store does not answer', () => {
  it('stops all the same when nobody can be told of what it gives back [ORC-16]', async () => {
    class Mute extends InMemoryGoalStore {
      override async tellAll(): Promise<void> {
        throw COMMON_ERRORS.make('unavailable', 'gone');
      }
    }
    const store = new Mute(systemClock);
    const tools = { nap: { run: async () => (await new Promise((resolve) => setTimeout(resolve, 30)), ok({})) } };
    const { engine, reports } = engineOver(store, { tools });
    const goal = newGoal({ tasks: [{ id: 'a', tool: 'nap' }] });
    engine.start();
    await store.submit(goal);
    await until(async () => engine.size === 1);
    await engine.stop(1_000);
    expect(engine.size).toBe(0);
    expect(reports).toMatchObject([{ code: 'unavailable' }]);
  });
});
