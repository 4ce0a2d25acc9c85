import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestClient } from '#libs/testing';
import type { ChildProgram } from '../journeys/child-program.js';
import { type GoalJson, allOf } from '../journeys/goals.js';
import { expectProblem } from '../journeys/problems.js';
import { LIMIT_MS, LONG, rounds } from './harness/length.js';
import { VisiblePlan, sleepTask } from './harness/plans.js';
import { submitFirmly, submitOnce } from './harness/submitting.js';
import { soundEnd } from './harness/verdict.js';
import { type Inhabitant, Village } from './harness/village.js';
import { allEnded } from './harness/waiting.js';

let village: Village;
let folder: string;
let inhabitant: Inhabitant;
/** The API that is killed, and one that stays. */
let api: ChildProgram;
let steady: TestClient;

beforeAll(async () => {
  village = await Village.open();
  folder = await mkdtemp(join(tmpdir(), 'village-second-api-'));
  inhabitant = await village.settle();
  api = village.start('api', { environment: { DATA_DIR: folder } });
  const [other] = [village.start('api'), village.worker()];
  steady = await village.client(other, inhabitant);
  await api.ready();
}, LIMIT_MS);
afterAll(async () => {
  await village.close();
  await rm(folder, { recursive: true, force: true });
});

function bodyOf(name: string): object {
  const plan = new VisiblePlan(village.witness, name);
  return { description: name, plan: { tasks: [plan.put('put'), sleepTask('end', 0, { after: ['put'] })] } };
}

const send = (client: TestClient, key: string, body = bodyOf(key)) => submitOnce(client, key, body);

/** What a killed process has reserved is free again after a minute; the long form really waits for it. */
async function letAMinutePass(): Promise<void> {
  if (LONG) return;
  await village.database.system.once(
    `update idempotency_key set locked_until = now() where status is null and locked_until > now()`,
  );
}

async function expectOneEach(keys: readonly string[]): Promise<void> {
  const goals = await allOf<GoalJson & { description: string }>(steady, '/api/v1/goals');
  const names = goals.map(({ description }) => description).filter((name) => keys.includes(name));
  expect(names.toSorted()).toEqual([...keys].toSorted());
}

describe('an API that is killed while goals are submitted', () => {
  it(
    'has stored each goal whole or not at all, and under one key never twice [ORC-3, ORC-16]',
    async () => {
      const keys = Array.from({ length: rounds(40, 400) }, (_, n) => `key${n}`);
      const current = () => village.client(api, inhabitant).catch(() => steady);
      const ids = Promise.all(
        keys.map(async (key, n) => {
          await sleep(n * 30);
          return submitFirmly(current, key, bodyOf(key));
        }),
      );
      // Nobody asks for these a second time: they are there or not.
      const careless = keys.map((key) => `once-${key}`);
      const answers = Promise.all(
        careless.map(async (key, n) => {
          await sleep(n * 30);
          return { key, answer: await send(await current(), key) };
        }),
      );
      for (let kill = 0; kill < rounds(3, 20); kill++) {
        await api.ready();
        await sleep(Math.random() * 400);
        await api.kill();
        api = village.start('api', { environment: { DATA_DIR: folder } });
        await letAMinutePass();
      }
      await api.ready();
      await letAMinutePass();
      expect(new Set(await ids).size).toBe(keys.length);
      await expectOneEach(keys);

      const told = (await answers).filter(({ answer }) => answer?.status === 202).map(({ key }) => key);
      await allEnded(village);
      const stored = await allOf<GoalJson & { description: string }>(steady, '/api/v1/goals');
      const names = stored.map(({ description }) => description);
      for (const key of told) expect(names).toContain(key);
      expect(new Set(names).size).toBe(names.length);
      for (const { id, description } of stored) {
        const { goal, tasks } = await soundEnd(steady, id);
        expect([goal.state, tasks.length]).toEqual(['COMPLETED', 2]);
        expect(village.witness.of(`/${description}/put`), description).toHaveLength(1);
      }
    },
    LIMIT_MS,
  );
});

describe('the same key at two APIs at once', () => {
  it(
    'is one goal, and with another body a conflict [ORC-3]',
    async () => {
      await api.ready();
      const both = [steady, await village.client(api, inhabitant)];
      const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => send(both[n % 2]!, 'same')));
      for (const answer of answers) expect([202, 409]).toContain(answer?.status);
      const ids = new Set(answers.filter((answer) => answer?.status === 202).map((answer) => answer?.body.id));
      expect(ids.size).toBe(1);
      await expectOneEach(['same']);
      for (const client of both) {
        const again = await send(client, 'same');
        expect(again?.headers.get('idempotent-replayed')).toBe('true');
        expect(again?.body.id).toBe([...ids][0]);
        expectProblem((await send(client, 'same', bodyOf('another')))!, { status: 409, code: 'idempotency_conflict' });
      }
    },
    LIMIT_MS,
  );
});
