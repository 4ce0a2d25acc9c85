import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestClient } from '#libs/testing';
import type { ChildProgram } from '../journeys/child-program.js';
import { type GoalJson, end, submitted, tasksOf, until } from '../journeys/goals.js';
import { LIMIT_MS, PATIENCE_MS } from './harness/length.js';
import { type PlannedTask, VisiblePlan, sleepTask } from './harness/plans.js';
import { soundEnd } from './harness/verdict.js';
import { Village } from './harness/village.js';
import { allEnded, eventually } from './harness/waiting.js';

let village: Village;
let client: TestClient;
let worker: ChildProgram;
let count = 0;

beforeAll(async () => {
  village = await Village.open({ environment: { LEASE_SECONDS: '4' } });
  worker = village.worker({ preload: 'dwelling-phases.mjs' });
  client = await village.client(village.start('api'), await village.settle());
  await worker.ready();
}, LIMIT_MS);
afterAll(() => village.close(), LIMIT_MS);

interface Dwelling {
  readonly id: string;
  readonly state: string;
  readonly plan: VisiblePlan;
}

type Tasks = (plan: VisiblePlan) => readonly PlannedTask[];

const oneByOne: Tasks = (plan) => [plan.put('put'), sleepTask('end', 0, { after: ['put'] })];
const together: Tasks = (plan) => [plan.put('put'), sleepTask('end', 0)];
const failing: Tasks = (plan) => [plan.put('put', { attempts: 2, drop: 1_000 })];

async function dwell(state: string, tasks: Tasks, context: object = {}, more: object = {}): Promise<Dwelling> {
  const plan = new VisiblePlan(village.witness, `s${count++}`);
  const body = { description: `Stays in ${state}`, context: { dwell: state, ...context }, ...more };
  const { id } = await submitted(client, { ...body, plan: { tasks: tasks(plan) } });
  return { id, state, plan };
}

async function transitionsOf(id: string): Promise<(string | null)[]> {
  const { journal } = await soundEnd(client, id);
  return journal.filter(({ type }) => type === 'goal.transition').map(({ to }) => to);
}

describe('a worker that is killed', () => {
  it(
    'in whichever state a goal is leaves it there, and the next one goes on from there [ORC-3, ORC-16]',
    async () => {
      const replan = { on_failure: 'replan' };
      const goals = [
        ...['RECEIVED', 'INTENT_ANALYSIS', 'TASK_DECOMPOSITION', 'AGENT_ASSIGNMENT', 'EXECUTING'].map((state) =>
          dwell(state, oneByOne),
        ),
        dwell('PARALLEL_EXECUTING', together),
        ...['VERIFYING', 'WRITING_MEMORY', 'REFLECTING'].map((state) => dwell(state, oneByOne)),
      ];
      const [ordinary, replanned] = [
        await Promise.all(goals),
        await dwell('REPLANNING', failing, { replans: 2 }, replan),
      ];
      const before = new Map<string, (string | null)[]>();
      const seen = ({ plan }: Dwelling) => village.witness.of(plan.pathOf('put')).length;
      const effects = new Map<string, number>();
      for (const { id, state } of [...ordinary, replanned]) {
        await until(
          client,
          id,
          (goal) => goal.state === state && goal.replans === (state === 'REPLANNING' ? 2 : 0),
          PATIENCE_MS,
        );
        before.set(id, await transitionsOf(id));
      }
      for (const each of ordinary) effects.set(each.id, seen(each));
      await worker.kill();
      for (const { id, state } of ordinary)
        expect((await client.get<GoalJson>(`/api/v1/goals/${id}`)).body.state).toBe(state);

      worker = await village.readyWorker();
      await allEnded(village);
      for (const { id, state, plan } of ordinary) {
        const after = await transitionsOf(id);
        // Nothing that was done is done again: the path goes on, and each state is entered once.
        expect(after.slice(0, before.get(id)!.length)).toEqual(before.get(id));
        expect(new Set(after).size, state).toBe(after.length);
        expect(after.at(-1), state).toBe('COMPLETED');
        expect(seen({ id, state, plan }), state).toBeGreaterThan(0);
      }
      // What had been done outside by then is not done again.
      const done = ordinary.filter(({ id }) => effects.get(id)! > 0);
      expect(done.map(({ state }) => state)).toEqual(['VERIFYING', 'WRITING_MEMORY', 'REFLECTING']);
      for (const each of done) expect(seen(each), each.state).toBe(effects.get(each.id));
      // Of its three new plans two were counted before, and in each of the four plans two attempts are made.
      const { goal, journal } = await soundEnd(client, replanned.id);
      expect(goal).toMatchObject({ state: 'FAILED', error: { code: 'task_failed' }, replans: 3 });
      const failures = journal.filter(({ type }) => type === 'task.failed').map(({ data }) => data?.['attempt']);
      expect(failures).toEqual([2, 2, 2, 2]);
      expect(seen(replanned)).toBeLessThanOrEqual(8);
    },
    LIMIT_MS,
  );

  it(
    'at every attempt of a task leaves their number: none is given away, and a task that kills ends [ORC-16]',
    async () => {
      const plan = new VisiblePlan(village.witness, 'attempts');
      const goals = [
        plan.put('spared', { attempts: 3, drop: 1, mute: 1 }),
        plan.put('poison', { attempts: 3, drop: 1, mute: 2 }),
      ];
      const [spared, poison] = await Promise.all(
        goals.map((each) => submitted(client, { description: each.id, plan: { tasks: [each] } })),
      );
      const seen = (id: string) => village.witness.of(plan.pathOf(id)).length;
      await eventually(() => seen('spared') === 2 && seen('poison') === 2);
      for (const { id } of [spared!, poison!]) {
        await until(client, id, ({ progress }) => progress.running === 1, PATIENCE_MS);
        expect(await tasksOf(client, id)).toMatchObject([{ attempts: 2 }]);
      }
      await worker.kill();
      worker = await village.readyWorker();
      await eventually(() => seen('poison') === 3);
      await end(client, spared!.id, PATIENCE_MS);
      await worker.kill();
      worker = await village.readyWorker();
      await allEnded(village);
      expect(await soundEnd(client, spared!.id)).toMatchObject({
        goal: { state: 'COMPLETED' },
        tasks: [{ attempts: 3 }],
      });
      expect(await soundEnd(client, poison!.id)).toMatchObject({
        goal: { state: 'FAILED' },
        tasks: [{ attempts: 3, error: { code: 'interrupted' } }],
      });
      expect([seen('spared'), seen('poison')]).toEqual([3, 3]);
    },
    LIMIT_MS,
  );
});
