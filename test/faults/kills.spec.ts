import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestClient } from '#libs/testing';
import type { ChildProgram } from '../journeys/child-program.js';
import { submitted } from '../journeys/goals.js';
import { KINDS, type Kind, type Running } from './harness/kinds.js';
import { LIMIT_MS, LONG, rounds } from './harness/length.js';
import { VisiblePlan } from './harness/plans.js';
import { soundEnd } from './harness/verdict.js';
import { Village } from './harness/village.js';
import { allEnded, eventually, openGoals } from './harness/waiting.js';

const GOALS = 50;
/** Fewer than all, so that both workers have some. */
const AT_ONCE = 30;

let village: Village;
let client: TestClient;
let workers: ChildProgram[];
let count = 0;

beforeAll(async () => {
  village = await Village.open({ environment: { ENGINE_GOALS: String(AT_ONCE) } });
  const api = village.start('api');
  client = await village.client(api, await village.settle());
  workers = await Promise.all([village.readyWorker(), village.readyWorker()]);
}, LIMIT_MS);
afterAll(() => village.close(), LIMIT_MS);

async function begin(kind: Kind): Promise<Running> {
  const plan = new VisiblePlan(village.witness, `g${count++}`);
  const { id } = await submitted(client, { description: `Goal ${plan.name}`, ...kind.body(plan) });
  return { id, plan, kind };
}

/** So many goals at the same time, of every kind in turn. */
function beginMany(length: number): Promise<Running[]> {
  return Promise.all(Array.from({ length }, (_, n) => begin(KINDS[n % KINDS.length]!)));
}

async function expectRight(goals: readonly Running[]): Promise<void> {
  for (const { id, kind, plan } of goals) kind.judge(await soundEnd(client, id), plan, village.witness);
}

describe('two workers and an API on one database', () => {
  it(
    'end all of 50 goals rightly although one worker is killed among them [ORC-16, WRK-4]',
    async () => {
      const goals = await beginMany(GOALS);
      await eventually(async () => (await leased()) > AT_ONCE);
      await workers[0]!.kill();
      await allEnded(village);
      await expectRight(goals);
      workers[0] = await village.readyWorker();
    },
    LIMIT_MS,
  );

  it(
    'lose, double and miscount nothing however often workers are killed [ORC-3, ORC-16, WRK-4]',
    async () => {
      const goals = await beginMany(GOALS);
      const kills = rounds(5, 200);
      let withWork = 0;
      for (let kill = 0; kill < kills; kill++) {
        const n = kill % 2;
        // Most are killed at work, some while they start.
        if (Math.random() < 0.8) await workers[n]!.ready();
        await sleep(Math.random() * 700);
        withWork += (await leased()) > 0 ? 1 : 0;
        await workers[n]!.kill();
        workers[n] = village.worker();
        const missing = LONG ? GOALS - (await openGoals(village)).length : 0;
        if (missing > 0) goals.push(...(await beginMany(missing)));
      }
      await Promise.all(workers.map((worker) => worker.ready()));
      await allEnded(village);
      await expectRight(goals);
      expect(withWork).toBeGreaterThan(kills / 2);
    },
    LIMIT_MS,
  );
});

/** How many goals somebody has in hand. */
async function leased(): Promise<number> {
  return (await village.database.system.once('select from goal where lease_owner is not null')).length;
}
