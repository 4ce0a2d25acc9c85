import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestClient } from '#libs/testing';
import type { ChildProgram } from '../journeys/child-program.js';
import { submitted, tasksOf } from '../journeys/goals.js';
import { LIMIT_MS, LONG, rounds } from './harness/length.js';
import { type PlannedTask, VisiblePlan, sleepTask } from './harness/plans.js';
import { keysOf, soundEnd } from './harness/verdict.js';
import { Village } from './harness/village.js';
import { allEnded, eventually } from './harness/waiting.js';

const GOALS = rounds(30, 100);
/** Why a test is skipped. */
const IN_LONG_FORM = LONG ? '' : ' (in the long form only)';

let village: Village;
let client: TestClient;

beforeAll(async () => {
  village = await Village.open({ environment: { LEASE_SECONDS: '10' } });
  client = await village.client(village.start('api'), await village.settle());
}, LIMIT_MS);
afterAll(() => village.close(), LIMIT_MS);

async function submitPlan(name: string, planned: (plan: VisiblePlan) => PlannedTask[]) {
  const plan = new VisiblePlan(village.witness, name);
  const { id } = await submitted(client, { description: name, plan: { tasks: planned(plan) } });
  return { id, plan };
}

const submitChain = (name: string) =>
  submitPlan(name, (plan) => [
    plan.post('post1', { hold: 400 }),
    sleepTask('rest', 0.5, { after: ['post1'] }),
    plan.put('put', { after: ['rest'], hold: 300 }),
    plan.post('post2', { after: ['put'], hold: 200 }),
  ]);

interface WorkerState {
  readonly name: string;
  readonly draining: boolean;
  readonly goals: number;
  readonly stopped: boolean;
}

async function workerCalled(name: string): Promise<WorkerState | undefined> {
  const [row] = await village.database.system.once<WorkerState>(
    'select name, draining, goals, stopped_at is not null as stopped from worker where name = $1',
    [name],
  );
  return row;
}

describe('a rolling restart of two workers', () => {
  it(
    'loses and doubles nothing: what runs ends there, and the rest goes on elsewhere [WRK-3, WRK-1]',
    async () => {
      const start = (name: string) => village.readyWorker({ environment: { WORKER_NAME: name } });
      const old = { a: await start('old-a'), b: await start('old-b') };
      const goals = await Promise.all(Array.from({ length: GOALS }, (_, n) => submitChain(`r${n}`)));
      await eventually(() => village.witness.effects.length >= GOALS / 3);
      // Goals come in meanwhile, too.
      const late: Promise<{ id: string; plan: VisiblePlan }>[] = [];
      const more = setInterval(() => late.push(submitChain(`late${late.length}`)), 100);
      const fresh: ChildProgram[] = [];
      for (const name of ['a', 'b'] as const) {
        const stopped = old[name].stop('SIGTERM');
        await eventually(async () => (await workerCalled(`old-${name}`))?.draining);
        expect(await stopped).toBe(0);
        expect(await workerCalled(`old-${name}`)).toMatchObject({ goals: 0, stopped: true });
        fresh.push(await start(`new-${name}`));
      }
      clearInterval(more);
      const all = [...goals, ...(await Promise.all(late))];
      await allEnded(village);
      for (const { id, plan } of all) {
        const { goal, tasks } = await soundEnd(client, id);
        expect(goal.state, JSON.stringify(tasks)).toBe('COMPLETED');
        expect(tasks.map(({ attempts }) => attempts)).toEqual([1, 1, 1, 1]);
        for (const key of ['post1', 'put', 'post2']) expect(village.witness.of(plan.pathOf(key))).toHaveLength(1);
      }
      for (const worker of fresh) expect(await worker.stop()).toBe(0);
      expect(old.a.output + old.b.output).not.toMatch(/"level":"(error|fatal)"/);
    },
    LIMIT_MS,
  );

  it.runIf(LONG)(
    `hands back what takes too long to wait for, and it is begun anew elsewhere${IN_LONG_FORM} [WRK-3]`,
    async () => {
      const worker = await village.readyWorker({ environment: { WORKER_NAME: 'impatient' } });
      const { id } = await submitPlan('long', () => [sleepTask('long', 15)]);
      await eventually(async () => (await tasksOf(client, id))[0]?.state === 'RUNNING');
      const [code, other] = await Promise.all([worker.stop('SIGTERM'), village.readyWorker()]);
      expect(code).toBe(0);
      await allEnded(village);
      const { goal, tasks, journal } = await soundEnd(client, id);
      expect(goal.state).toBe('COMPLETED');
      // It was stopped for no fault of its own, so no attempt is counted for it.
      expect([tasks[0]?.attempts, keysOf(journal, 'task.started').length]).toEqual([1, 2]);
      await other.stop();
    },
    LIMIT_MS,
  );
});
