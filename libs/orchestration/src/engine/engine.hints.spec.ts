import { newId, systemClock } from '#libs/kernel';
import { afterEach, describe, expect, it } from 'vitest';
import { InMemoryGoalStore } from '../conformance/in-memory-goal-store.js';
import { type KitOptions, engineOver, newGoal, ok } from '../conformance/kit.js';
import type { Engine } from './engine.js';

const engines: Engine[] = [];
afterEach(() => Promise.all(engines.splice(0).map((engine) => engine.stop(0))));

/** An engine that looks for work only when it is told to, and a count of how often it has looked. */
function scene(options: KitOptions = {}) {
  const seen = { claims: 0, toldToAll: 0 };
  class Counting extends InMemoryGoalStore {
    override claim(...request: Parameters<InMemoryGoalStore['claim']>): ReturnType<InMemoryGoalStore['claim']> {
      seen.claims++;
      return super.claim(...request);
    }
  }
  const store = new Counting(systemClock);
  const { engine, workerId } = engineOver(store, { sweepMs: 60_000, ...options });
  engines.push(engine);
  const countToldToAll = (): void => {
    store.onWork((id) => (seen.toldToAll += id === undefined ? 1 : 0));
  };
  return { store, seen, engine, workerId, countToldToAll };
}
const quiet = () => new Promise((resolve) => setTimeout(resolve, 5));

/** A tool that ends when the test says so. */
function gated() {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { open: resolve, tools: { wait: { run: () => promise.then(() => ok({})) } } };
}

describe('a hint that goals may be due', () => {
  it('is followed by whom it names, or by all where it names nobody [WRK-2]', async () => {
    const { store, seen, engine, workerId } = scene();
    engine.start();
    await quiet();
    const before = seen.claims;
    store.hint(newId());
    await quiet();
    expect(seen.claims).toBe(before);
    store.hint(workerId);
    await quiet();
    expect(seen.claims).toBe(before + 1);
    store.hint(undefined);
    await quiet();
    expect(seen.claims).toBe(before + 2);
  });

  it('is passed on to all by a worker that is full, once [WRK-2]', async () => {
    const { open, tools } = gated();
    const { store, seen, engine, workerId, countToldToAll } = scene({ goals: 1, tools });
    engine.start();
    await store.submit(newGoal({ tasks: [{ id: 'a', tool: 'wait' }] }));
    await expect.poll(() => engine.size).toBe(1);
    countToldToAll();
    store.hint(workerId);
    await quiet();
    expect(seen.toldToAll).toBe(1);
    open();
  });

  it('is passed on by a worker that drains, which also tells of what it hands back [WRK-3]', async () => {
    const { open, tools } = gated();
    const { store, seen, engine, workerId, countToldToAll } = scene({ tools });
    engine.start();
    await store.submit(
      newGoal({
        tasks: [
          { id: 'a', tool: 'wait' },
          { id: 'b', tool: 'echo', depends_on: ['a'] },
        ],
      }),
    );
    await expect.poll(() => engine.size).toBe(1);
    countToldToAll();
    const stopped = engine.stop(60_000);
    store.hint(workerId);
    await quiet();
    expect(seen.toldToAll).toBe(1);
    open();
    await stopped;
    expect(seen.toldToAll).toBe(2);
  });

  it('means nothing to a worker that carries no goals [WRK-1]', async () => {
    const { store, seen, engine, workerId } = scene({ capabilities: ['web_operations'] });
    engine.start();
    store.hint(workerId);
    store.hint(undefined);
    await quiet();
    expect(seen.claims).toBe(0);
  });
});
