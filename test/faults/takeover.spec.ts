import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestClient } from '#libs/testing';
import { submitted } from '../journeys/goals.js';
import { lateResults } from './harness/late-results.js';
import { LIMIT_MS, rounds } from './harness/length.js';
import { VisiblePlan, sleepTask } from './harness/plans.js';
import { keysOf, soundEnd } from './harness/verdict.js';
import { Village } from './harness/village.js';
import { allEnded, eventually } from './harness/waiting.js';

/** Long enough that a busy machine does not let it run out. */
const LEASE_SECONDS = 3;
const GOALS = 12;

let village: Village;
let client: TestClient;
let count = 0;

beforeAll(async () => {
  village = await Village.open({ environment: { LEASE_SECONDS: String(LEASE_SECONDS) } });
  client = await village.client(village.start('api'), await village.settle());
}, LIMIT_MS);
afterAll(() => village.close(), LIMIT_MS);

interface Begun {
  readonly id: string;
  readonly plan: VisiblePlan;
}

/** Goals whose first request is never answered. */
function beginMany(): Promise<Begun[]> {
  return Promise.all(
    Array.from({ length: GOALS }, async () => {
      const plan = new VisiblePlan(village.witness, `t${count++}`);
      const tasks = [plan.put('put', { mute: 1 }), sleepTask('end', 0, { after: ['put'] })];
      const { id } = await submitted(client, { description: plan.name, plan: { tasks } });
      return { id, plan };
    }),
  );
}

const seen = ({ plan }: Begun) => village.witness.of(plan.pathOf('put')).length;

async function expectTakenOverOnce(goals: readonly Begun[]): Promise<void> {
  for (const each of goals) {
    const { goal, tasks, journal } = await soundEnd(client, each.id);
    expect(goal.state).toBe('COMPLETED');
    expect(tasks.map(({ attempts }) => attempts)).toEqual([2, 1]);
    expect(keysOf(journal, 'task.interrupted')).toEqual(['put']);
    expect(seen(each)).toBe(2);
  }
}

describe('goals whose owner is gone', () => {
  it(
    'have one new owner each, also when two workers look for them in the same moment [ORC-16, WRK-4]',
    async () => {
      for (let round = 0; round < rounds(1, 8); round++) {
        const owner = await village.readyWorker();
        const goals = await beginMany();
        await eventually(() => goals.every((each) => seen(each) === 1));
        const others = await Promise.all([village.readyWorker(), village.readyWorker()]);
        for (const other of others) other.signal('SIGSTOP');
        await owner.kill();
        await sleep(LEASE_SECONDS * 1000 + 500);
        for (const other of others) other.signal('SIGCONT');
        await allEnded(village);
        await expectTakenOverOnce(goals);
        await Promise.all(others.map((other) => other.kill()));
      }
    },
    LIMIT_MS,
  );

  it(
    'keep what the new owner did when the old one wakes up and has results to tell [ORC-16, WRK-4]',
    async () => {
      const sleeper = await village.readyWorker();
      const goals = await beginMany();
      await eventually(() => goals.every((each) => seen(each) === 1));
      sleeper.signal('SIGSTOP');
      const other = await village.readyWorker();
      await allEnded(village);
      await expectTakenOverOnce(goals);
      const read = () => Promise.all(goals.map(async ({ id }) => soundEnd(client, id)));
      const before = await read();
      // Its requests come to an end only now: it has something to write about each of these goals.
      village.witness.hangUp();
      sleeper.signal('SIGCONT');
      await eventually(async () => (await lateResults(village, goals)) === goals.length);
      expect(await read()).toEqual(before);
      await other.kill();
      // And it is as good a worker as before.
      const { id } = await submitted(client, { description: 'Next', plan: { tasks: [sleepTask('rest', 0.1)] } });
      await allEnded(village);
      expect((await soundEnd(client, id)).goal.state).toBe('COMPLETED');
      await sleeper.kill();
    },
    LIMIT_MS,
  );
});

describe('workers whose clocks are wrong by ten minutes', () => {
  it(
    'have leases like everybody else, and times of the database [ORC-16, WRK-4]',
    async () => {
      const clocks = ['-600', '600', '0'].map((seconds) =>
        village.readyWorker({
          preload: 'wrong-clock.mjs',
          environment: { WRONG_BY_SECONDS: seconds, ENGINE_GOALS: '3' },
        }),
      );
      const workers = await Promise.all(clocks);
      const begin = Date.now();
      const deadline = new Date(begin + 300_000).toISOString();
      const tasks = [sleepTask('rest', LEASE_SECONDS + 1)];
      const goals = await Promise.all(
        Array.from({ length: 9 }, () => submitted(client, { description: 'Timed', deadline, plan: { tasks } })),
      );
      // Each has three: it does not let them go, nor does it take those of the others.
      const held = await eventually(async () => {
        const rows = await leases();
        return rows.every(({ owner }) => owner !== null) && rows;
      });
      expect(new Set(held.map(({ owner }) => owner)).size).toBe(3);
      for (const { left } of held) {
        expect(left).toBeGreaterThan(0);
        expect(left).toBeLessThanOrEqual(LEASE_SECONDS);
      }
      await allEnded(village);
      for (const { id } of goals) {
        const {
          goal,
          tasks: [task],
        } = await soundEnd(client, id);
        expect([goal.state, task!.attempts]).toEqual(['COMPLETED', 1]);
        for (const time of [task!.started_at, task!.finished_at]) {
          expect(Math.abs(Date.parse(time!) - begin)).toBeLessThan(300_000);
        }
      }
      await Promise.all(workers.map((worker) => worker.kill()));
    },
    LIMIT_MS,
  );
});

const LEASES = `
  select lease_owner as owner, extract(epoch from wake_at - clock_timestamp())::float8 as left
    from goal where state not in ('COMPLETED', 'FAILED', 'CANCELLED')`;

function leases() {
  return village.database.system.once<{ owner: string | null; left: number }>(LEASES);
}
