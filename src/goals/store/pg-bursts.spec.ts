import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WorkSignals } from '#libs/orchestration';
import { type Database, GoalClaims, Heartbeats } from '#libs/persistence';
import { createTenant, createTestDatabase } from '#libs/testing';
import { engineOver, newGoal, ok } from '../../../libs/orchestration/src/conformance/kit.js';
import { PgGoalStore } from './pg-goal-store.js';
import { WORK_CHANNEL } from './sql.js';
import { PgWorkSignals } from './work-signals.js';

const GOALS = 200;

let database: Database;
let tenantId: string;

beforeAll(async () => {
  database = await createTestDatabase({ poolSize: 8 });
  tenantId = (await createTenant(database)).id;
});
afterAll(() => database.close());

/** What a process has of the database: goals, and hints. */
class Place extends PgGoalStore implements WorkSignals {
  private readonly signals = new PgWorkSignals(database.listener, database.tenants);

  constructor(hint: () => string) {
    super(database.tenants, new GoalClaims(database.claims), new Heartbeats(database.reserved), hint);
  }

  onWork: WorkSignals['onWork'] = (listener) => this.signals.onWork(listener);
  onCommand: WorkSignals['onCommand'] = (listener) => this.signals.onCommand(listener);
  onNews: WorkSignals['onNews'] = (listener) => this.signals.onNews(listener);
  onHalt: WorkSignals['onHalt'] = (listener) => this.signals.onHalt(listener);
  tellAll = (): Promise<void> => this.signals.tellAll();
}

/** A process that is woken by hints alone; `taken` counts the goals that it has begun. */
function startProcess() {
  const seen = { taken: 0 };
  const run = async () => {
    seen.taken++;
    await sleep(50);
    return ok({});
  };
  const options = { goals: GOALS, slots: GOALS, sweepMs: 60_000, tools: { count: { run } } };
  const { engine, workerId } = engineOver(new Place(() => ''), options);
  engine.start();
  return { seen, engine, workerId };
}

const burst = () => Array.from({ length: GOALS }, () => newGoal({ tasks: [{ id: 'a', tool: 'count' }] }, { tenantId }));

describe('a burst of goals', () => {
  it.each<[string, (ids: readonly string[]) => () => string]>([
    ['everybody is told', () => () => ''],
    [
      'each of them is told of its part',
      (ids) => {
        let n = 0;
        return () => ids[n++ % ids.length] ?? '';
      },
    ],
  ])('is shared by processes on one database, where %s [WRK-2]', async (_how, hintFor) => {
    const processes = [startProcess(), startProcess()];
    await database.listener.ready();
    const api = new Place(hintFor(processes.map(({ workerId }) => workerId)));
    await Promise.all(burst().map((goal) => api.submit(goal)));
    const taken = () => processes.map(({ seen }) => seen.taken);
    await expect.poll(() => taken().reduce((sum, each) => sum + each), { timeout: 20_000 }).toBe(GOALS);
    // Neither had the limit of its hand as a reason to leave some.
    expect(Math.min(...taken())).toBeGreaterThanOrEqual(GOALS / 8);
    await Promise.all(processes.map(({ engine }) => engine.stop(5_000)));
  });

  it('is told of once per worker, not once per goal [WRK-2]', async () => {
    const told: string[] = [];
    const stop = database.listener.listen(WORK_CHANNEL, (payload) => void told.push(payload));
    await database.listener.ready();
    const names = ['a', 'b', 'a', 'b', 'a', 'b'];
    const api = new Place(() => names.pop() ?? '');
    await Promise.all(
      burst()
        .slice(0, 6)
        .map((goal) => api.submit(goal)),
    );
    await expect.poll(() => told.length).toBeGreaterThanOrEqual(2);
    expect(new Set(told)).toEqual(new Set(['a', 'b']));
    expect(told.length).toBeLessThan(6);
    stop();
  });
});
