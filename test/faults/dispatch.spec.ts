import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { TestClient } from '#libs/testing';
import { submitted } from '../journeys/goals.js';
import { LIMIT_MS, rounds } from './harness/length.js';
import { approve, asked } from './harness/people.js';
import { VisiblePlan, task } from './harness/plans.js';
import { lateResults } from './harness/late-results.js';
import { keysOf, soundEnd } from './harness/verdict.js';
import { type Inhabitant, Village } from './harness/village.js';
import { allEnded, eventually, watch } from './harness/waiting.js';

/** Carries goals, and reaches nothing on the web: requests go to the specialists. */
const ownerFor = (leaseSeconds: number) => ({
  environment: {
    WORKER_CAPABILITIES: 'goal_execution,task_execution,file_operations',
    LEASE_SECONDS: String(leaseSeconds),
  },
});
const specialistFor = (leaseSeconds: number) => ({
  environment: { WORKER_CAPABILITIES: 'web_operations', WORKER_CAPACITY: '20', LEASE_SECONDS: String(leaseSeconds) },
});
const [OWNER, SPECIALIST] = [ownerFor(2), specialistFor(2)];

let village: Village;
let inhabitant: Inhabitant;
let requester: TestClient;
let operator: TestClient;
let count = 0;

beforeAll(async () => {
  village = await Village.open();
  inhabitant = await village.settle();
  const api = village.start('api');
  requester = await village.client(api, inhabitant);
  operator = await village.client(api, { token: inhabitant.operatorToken });
}, LIMIT_MS);
afterEach(() => village.killWorkers());
afterAll(() => village.close(), LIMIT_MS);

async function startPair() {
  const [owner, specialist] = await Promise.all([village.readyWorker(OWNER), village.readyWorker(SPECIALIST)]);
  return { owner, specialist };
}

interface Begun {
  readonly id: string;
  readonly plan: VisiblePlan;
}

async function begin(tasks: (plan: VisiblePlan) => readonly object[]): Promise<Begun> {
  const plan = new VisiblePlan(village.witness, `d${count++}`);
  return { plan, id: (await submitted(requester, { description: plan.name, plan: { tasks: tasks(plan) } })).id };
}

const seen = ({ plan }: Begun, key: string) => village.witness.of(plan.pathOf(key));

/** Tells all workers again and again that there are calls to be made. */
async function hintWithoutEnd(until: Promise<unknown>): Promise<void> {
  for (const isOver = watch(until); !isOver();) {
    await village.database.system.once(`select pg_notify('av_dispatch', ''), pg_sleep(0.01)`);
  }
}

describe('calls that other workers make', () => {
  it(
    'are made once each, however often they are told of [ORC-16, WRK-1]',
    async () => {
      // So long a lease does not run out, however busy the machine is: each call is due to be made once.
      await Promise.all(
        [ownerFor(60), specialistFor(60), specialistFor(60)].map((options) => village.readyWorker(options)),
      );
      const goals = await Promise.all(
        Array.from({ length: rounds(10, 100) }, () =>
          begin((plan) => Array.from({ length: 5 }, (_, n) => plan.put(`put${n}`, { hold: 50 }))),
        ),
      );
      const ended = allEnded(village);
      await hintWithoutEnd(ended);
      await ended;
      for (const each of goals) {
        const { goal, tasks, journal } = await soundEnd(requester, each.id);
        expect(goal.state).toBe('COMPLETED');
        expect(keysOf(journal, 'task.queued')).toHaveLength(5);
        for (const { key, attempts } of tasks) expect([attempts, seen(each, key).length], key).toEqual([1, 1]);
      }
    },
    LIMIT_MS,
  );

  it(
    'outlive the owner of their goal, and their end is told to the next one [ORC-16, WRK-4]',
    async () => {
      const { owner } = await startPair();
      const goal = await begin((plan) => [
        plan.post('post', { hold: 3_000 }),
        task('end', 'echo', { done: true }, { after: ['post'] }),
      ]);
      await eventually(() => seen(goal, 'post').length === 1);
      await owner.kill();
      village.worker(OWNER);
      await allEnded(village);
      const { goal: done, tasks } = await soundEnd(requester, goal.id);
      expect([done.state, ...tasks.map(({ attempts }) => attempts)]).toEqual(['COMPLETED', 1, 1]);
      expect(seen(goal, 'post')).toHaveLength(1);
    },
    LIMIT_MS,
  );

  it(
    'of a worker that is killed are made again by another, or asked about [ORC-16, TOL-7]',
    async () => {
      const { specialist } = await startPair();
      const again = await begin((plan) => [plan.put('put', { mute: 1 })]);
      const uncertain = await begin((plan) => [plan.post('post', { mute: 1 })]);
      await eventually(() => seen(again, 'put').length === 1 && seen(uncertain, 'post').length === 1);
      await specialist.kill();
      village.worker(SPECIALIST);
      const [question] = await asked(operator, uncertain.id);
      expect(question).toMatchObject({
        kind: 'uncertain',
        uncertain: { idempotency_key: seen(uncertain, 'post')[0]!.key },
      });
      await approve(operator, question!, { resolution: 'took_effect' });
      await allEnded(village);
      expect((await soundEnd(requester, again.id)).goal.state).toBe('COMPLETED');
      expect((await soundEnd(requester, uncertain.id)).goal.state).toBe('COMPLETED');
      expect(seen(again, 'put').length).toBeGreaterThan(1);
      expect(seen(uncertain, 'post')).toHaveLength(1);
    },
    LIMIT_MS,
  );

  it(
    'of a worker that sleeps past its lease end once: what it brings late is refused and recorded [ORC-16, WRK-4]',
    async () => {
      const { specialist } = await startPair();
      const goals = await Promise.all(Array.from({ length: 6 }, () => begin((plan) => [plan.put('put', { mute: 1 })])));
      await eventually(() => goals.every((each) => seen(each, 'put').length === 1));
      specialist.signal('SIGSTOP');
      await village.readyWorker(SPECIALIST);
      await allEnded(village);
      const read = () => Promise.all(goals.map(({ id }) => soundEnd(requester, id)));
      const before = await read();
      for (const { goal, journal } of before) {
        expect([goal.state, keysOf(journal, 'task.completed')]).toEqual(['COMPLETED', ['put']]);
      }
      village.witness.hangUp();
      specialist.signal('SIGCONT');
      await eventually(async () => (await lateResults(village, goals)) === goals.length);
      expect(await read()).toEqual(before);
      for (const each of goals) expect(seen(each, 'put').length).toBeGreaterThan(1);
    },
    LIMIT_MS,
  );
});
