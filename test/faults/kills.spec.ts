import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestClient } from '#libs/testing';
import type { ChildProgram } from '../journeys/child-program.js';
import { submitted } from '../journeys/goals.js';
import { CarefulPerson } from './harness/careful-person.js';
import { KINDS, type Kind, type Running } from './harness/kinds.js';
import { LIMIT_MS, LONG, rounds } from './harness/length.js';
import { VisiblePlan } from './harness/plans.js';
import { soundEnd } from './harness/verdict.js';
import { Village } from './harness/village.js';
import { allEnded, eventually, openGoals } from './harness/waiting.js';

const GOALS = 50;

let village: Village;
let client: TestClient;
let person: CarefulPerson;
let workers: ChildProgram[];
let count = 0;

beforeAll(async () => {
  // Each may have fewer than all, so that both have some.
  village = await Village.open({ environment: { LEASE_SECONDS: '2', ENGINE_GOALS: '30' } });
  const api = village.start('api');
  const inhabitant = await village.settle();
  client = await village.client(api, inhabitant);
  person = new CarefulPerson(await village.client(api, { token: inhabitant.operatorToken }), village.witness);
  workers = await Promise.all([village.readyWorker(), village.readyWorker()]);
}, LIMIT_MS);
afterAll(() => village.close(), LIMIT_MS);

async function begin(kind: Kind): Promise<Running> {
  const plan = new VisiblePlan(village.witness, `g${count++}`);
  const { id } = await submitted(client, { description: `Goal ${plan.name}`, ...kind.body(plan) });
  return { id, plan, kind };
}

/** Waits for the end of all goals, and lets the person answer what is asked until then. */
async function allAnswered(killing: () => Promise<void>): Promise<void> {
  const ended = killing().then(() => allEnded(village));
  await person.answerUntil(ended);
  await ended;
}

/** So many goals at the same time, of every kind in turn. */
function beginMany(length: number): Promise<Running[]> {
  return Promise.all(Array.from({ length }, (_, n) => begin(KINDS[n % KINDS.length]!)));
}

async function expectRight(goals: readonly Running[]): Promise<void> {
  for (const { id, kind, plan } of goals)
    kind.judge(await soundEnd(client, id), plan, { witness: village.witness, person });
}

/** Kills the workers in turn, each at a moment of chance; gives how many of the kills came while goals were in hand. */
async function killManyTimes(kills: number, goals: Running[]): Promise<number> {
  let withWork = 0;
  for (let kill = 0; kill < kills; kill++) {
    const n = kill % 2;
    // Most are killed at work, some while they start.
    if (Math.random() < 0.8) await workers[n]!.ready();
    await sleep(Math.random() * 700);
    withWork += (await owners()) > 0 ? 1 : 0;
    await workers[n]!.kill();
    workers[n] = village.worker();
    const missing = LONG ? GOALS - (await openGoals(village)).length : 0;
    if (missing > 0) goals.push(...(await beginMany(missing)));
  }
  return withWork;
}

/** How many workers have goals in hand. */
async function owners(): Promise<number> {
  const sql = 'select distinct lease_owner from goal where lease_owner is not null';
  return (await village.database.system.once(sql)).length;
}

describe('two workers and an API on one database', () => {
  it(
    'end all of 50 goals rightly although one worker is killed among them [ORC-16, WRK-4]',
    async () => {
      const goals = await beginMany(GOALS);
      await eventually(async () => (await owners()) === 2);
      await allAnswered(() => workers[0]!.kill());
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
      await allAnswered(async () => {
        withWork = await killManyTimes(kills, goals);
      });
      await expectRight(goals);
      expect(withWork).toBeGreaterThan(kills / 2);
    },
    LIMIT_MS,
  );
});
