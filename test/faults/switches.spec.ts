import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestClient } from '#libs/testing';
import { submitted, until } from '../journeys/goals.js';
import { LIMIT_MS, PATIENCE_MS, rounds } from './harness/length.js';
import { VisiblePlan } from './harness/plans.js';
import { soundEnd } from './harness/verdict.js';
import { Village } from './harness/village.js';
import { allEnded, eventually } from './harness/waiting.js';

const WIDTH = rounds(30, 200);

let village: Village;
let client: TestClient;

beforeAll(async () => {
  village = await Village.open({ environment: { ENGINE_GOALS: '2' } });
  const api = village.start('api');
  client = await village.client(api, await village.settle());
  await Promise.all([village.readyWorker(), village.readyWorker()]);
}, LIMIT_MS);
afterAll(() => village.close(), LIMIT_MS);

describe('a kill switch in the middle of fan-outs on two workers', () => {
  it(
    'ends what runs, lets nothing new start within a second, and loses nothing [SAF-7, ORC-16]',
    async () => {
      const { witness } = village;
      witness.isSilent = true;
      const plans = Array.from({ length: 4 }, (_, n) => new VisiblePlan(witness, `fan${n}`));
      const goals = await Promise.all(
        plans.map((plan) => {
          const tasks = Array.from({ length: WIDTH }, (_each, n) => plan.put(`put${n}`));
          return submitted(client, { description: plan.name, plan: { tasks } });
        }),
      );
      // Each worker has two goals, and of each goal twenty tasks run.
      await eventually(() => witness.effects.length === 80);
      const engaged = await client.send('PUT', '/api/v1/kill-switch', { body: { reason: 'fire drill' } });
      expect(engaged.status).toBe(200);
      await sleep(1_000);
      await eventually(() => witness.effects.every(({ brokenOff }) => brokenOff));
      for (const { id } of goals) await until(client, id, ({ progress }) => progress.running === 0, PATIENCE_MS);
      await sleep(500);
      expect(witness.effects).toHaveLength(80);
      for (const { id } of goals) expect((await soundEnd(client, id)).goal.state).toBe('PARALLEL_EXECUTING');

      witness.isSilent = false;
      expect((await client.send('DELETE', '/api/v1/kill-switch')).status).toBe(204);
      await allEnded(village);
      for (const [n, { id }] of goals.entries()) {
        const { goal, tasks } = await soundEnd(client, id);
        expect(goal.state).toBe('COMPLETED');
        // Those that were stopped are made again, and all others were made once.
        const seen = tasks.map(({ key }) => witness.of(plans[n]!.pathOf(key)).filter(({ brokenOff }) => !brokenOff));
        expect(seen.map(({ length }) => length)).toEqual(tasks.map(() => 1));
      }
    },
    LIMIT_MS,
  );
});
