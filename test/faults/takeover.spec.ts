import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { TestClient } from '#libs/testing';
import { submitted } from '../journeys/goals.js';
import { lateResults } from './harness/late-results.js';
import { LIMIT_MS, rounds } from './harness/length.js';
import { VisiblePlan, sleepTask } from './harness/plans.js';
import { keysOf, soundEnd } from './harness/verdict.js';
import { Village } from './harness/village.js';
import { allEnded, eventually } from './harness/waiting.js';

const LEASE_SECONDS = 3;
const GOALS = 12;

let village: Village;
let client: TestClient;
let count = 0;

beforeAll(async () => {
  village = await Village.open({ environment: { LEASE_SECONDS: String(LEASE_SECONDS) } });
  client = await village.client(village.start('api'), await village.settle());
}, LIMIT_MS);
afterEach(() => village.killWorkers());
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

/** Two owners at a time would make requests that are not on record, or end a task twice. */
async function expectOneOwnerEach(goals: readonly Begun[]): Promise<void> {
  for (const each of goals) {
    const {
      goal,
      tasks: [put, end],
      journal,
    } = await soundEnd(client, each.id);
    expect([goal.state, end!.attempts]).toEqual(['COMPLETED', 1]);
    expect(keysOf(journal, 'task.interrupted')).toHaveLength(put!.attempts - 1);
    expect(seen(each)).toBeGreaterThan(1);
    expect(seen(each)).toBeLessThanOrEqual(put!.attempts);
  }
}

describe('goals whose owner sleeps past its lease', () => {
  it(
    'have one new owner each, though two look in the same moment, and the old one changes nothing [ORC-16, WRK-4]',
    async () => {
      for (let round = 0; round < rounds(1, 8); round++) {
        const sleeper = await village.readyWorker();
        const goals = await beginMany();
        await eventually(() => goals.every((each) => seen(each) === 1));
        const others = await Promise.all([village.readyWorker(), village.readyWorker()]);
        for (const worker of [sleeper, ...others]) worker.signal('SIGSTOP');
        await sleep(LEASE_SECONDS * 1000 + 500);
        for (const other of others) other.signal('SIGCONT');
        await allEnded(village);
        await expectOneOwnerEach(goals);

        const read = () => Promise.all(goals.map(({ id }) => soundEnd(client, id)));
        const before = await read();
        // Its requests come to an end only now: it has something to write about each of these goals.
        village.witness.hangUp();
        sleeper.signal('SIGCONT');
        await eventually(async () => (await lateResults(village, goals)) === goals.length);
        expect(await read()).toEqual(before);
        await Promise.all(others.map((other) => other.kill()));
        // And it is as good a worker as before.
        const { id } = await submitted(client, { description: 'Next', plan: { tasks: [sleepTask('rest', 0.1)] } });
        await allEnded(village);
        expect((await soundEnd(client, id)).goal.state).toBe('COMPLETED');
        await sleeper.kill();
      }
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
          environment: { WRONG_BY_SECONDS: seconds, ENGINE_GOALS: '3', LEASE_SECONDS: '10' },
        }),
      );
      await Promise.all(clocks);
      const begin = Date.now();
      const deadline = new Date(begin + 300_000).toISOString();
      // Each looks for what is due at least once meanwhile.
      const tasks = [sleepTask('rest', 6)];
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
        expect(left).toBeLessThanOrEqual(10);
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
