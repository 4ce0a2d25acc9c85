import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { publicId } from '#libs/kernel';
import type { TestClient } from '#libs/testing';
import { submitted } from '../journeys/goals.js';
import { LIMIT_MS, rounds } from './harness/length.js';
import { sleepTask } from './harness/plans.js';
import { Village } from './harness/village.js';
import { allEnded } from './harness/waiting.js';

const NOISE = rounds(200, 5_000);

let village: Village;
let noisy: TestClient;
let quiet: TestClient;

beforeAll(async () => {
  village = await Village.open({ environment: { ENGINE_GOALS: '8', ENGINE_TASKS: '4' } });
  const api = village.start('api');
  noisy = await village.client(api, await village.settle());
  quiet = await village.client(api, await village.settle());
}, LIMIT_MS);
afterAll(() => village.close(), LIMIT_MS);

const begin = (client: TestClient) =>
  submitted(client, { description: 'One of many', plan: { tasks: [sleepTask('work', 0.02)] } });

/** The goals' ids in the order in which they ended. */
async function ends(): Promise<string[]> {
  const rows = await village.database.system.once<{ id: string }>('select id from goal order by finished_at, id');
  return rows.map(({ id }) => publicId('goal', id));
}

describe('a tenant with very many goals', () => {
  it(
    'does not keep another one waiting: its goals come in turn, whoever asked first [WRK-2]',
    async () => {
      for (let n = 0; n < NOISE; n += 50) await Promise.all(Array.from({ length: 50 }, () => begin(noisy)));
      const few = await Promise.all(Array.from({ length: 5 }, () => begin(quiet)));
      await Promise.all([village.readyWorker(), village.readyWorker()]);
      await allEnded(village, LIMIT_MS);
      const order = await ends();
      const last = Math.max(...few.map(({ id }) => order.indexOf(id)));
      // In strict turns they would be the first ten; each worker takes what it has room for.
      expect(last).toBeLessThan(40);
    },
    LIMIT_MS,
  );
});
