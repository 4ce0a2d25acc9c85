import { COMMON_ERRORS, systemClock } from '#libs/kernel';
import { afterEach, describe, expect, it } from 'vitest';
import { InMemoryGoalStore } from '../conformance/in-memory-goal-store.js';
import { engineOver, newGoal, ok, until } from '../conformance/kit.js';
import { setUp, stopEngines } from '../conformance/scene.js';

afterEach(stopEngines);

describe('an engine whose store does not answer, or late', () => {
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

  it('does not obey a command once more when an answer of an older lease comes late [ORC-11]', async () => {
    const [held, reached] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    let asked = 0;
    class Late extends InMemoryGoalStore {
      override async commandsFor(leases: Parameters<InMemoryGoalStore['commandsFor']>[0]) {
        const found = await super.commandsFor(leases);
        if ((asked += 1) > 1) return found;
        reached.resolve();
        await held.promise;
        return found;
      }
    }
    const ends = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const calls = [...ends];
    const patient = {
      run: async () => {
        await calls.shift()?.promise;
        return ok({});
      },
    };
    const { submit, engine } = setUp({ tools: { patient } }, new Late(systemClock));
    const tasks = ['a', 'b'].map((id, n) => ({ id, tool: 'patient', depends_on: n === 0 ? [] : ['a'] }));
    const goal = await submit({ tasks });
    await until(async () => (await goal.read()).tasks[0]?.state === 'RUNNING');
    await goal.command('pause');
    await reached.promise;
    // The second question is answered, and the goal paused; what the first one heard is under way still.
    await goal.command('pause');
    await until(async () => (await goal.read()).goal.paused !== null);
    ends[0]?.resolve();
    await until(async () => engine.size === 0);
    await goal.command('resume');
    await until(async () => (await goal.read()).tasks[1]?.state === 'RUNNING');
    held.resolve();
    await new Promise((resolve) => setTimeout(resolve, 20));
    ends[1]?.resolve();
    const { goal: end, journal } = await goal.end();
    expect(end.state).toBe('COMPLETED');
    expect(journal.filter(({ type }) => type === 'goal.paused')).toHaveLength(1);
  });
});
