import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestClient } from '#libs/testing';
import { submitted } from '../journeys/goals.js';
import { LIMIT_MS } from './harness/length.js';
import { VisiblePlan, sleepTask, task } from './harness/plans.js';
import { soundEnd } from './harness/verdict.js';
import { Village } from './harness/village.js';
import { allEnded } from './harness/waiting.js';

let village: Village;
let client: TestClient;

beforeAll(async () => {
  village = await Village.open({ environment: { ENGINE_TASKS: '1', ENGINE_GOALS: '1' } });
  village.worker();
  client = await village.client(village.start('api'), await village.settle());
}, LIMIT_MS);
afterAll(() => village.close(), LIMIT_MS);

describe('a poison task where one task runs at a time', () => {
  it(
    'is tried three times in each of four plans, and then the queue behind it goes on [ORC-8]',
    async () => {
      const plan = new VisiblePlan(village.witness, 'poison');
      const poison = await submitted(client, {
        description: 'Never works',
        priority: 'critical',
        on_failure: 'replan',
        plan: { tasks: [plan.put('put', { attempts: 3, drop: 1_000 }), sleepTask('never', 0, { after: ['put'] })] },
      });
      const behind = await Promise.all(
        Array.from({ length: 8 }, (_, n) =>
          submitted(client, {
            description: `Behind ${n}`,
            plan: { tasks: [task('a', 'echo', { n }), sleepTask('b', 0.05, { after: ['a'] })] },
          }),
        ),
      );
      await allEnded(village);
      const { goal, tasks, journal } = await soundEnd(client, poison.id);
      expect(goal).toMatchObject({ state: 'FAILED', error: { code: 'task_failed' }, replans: 3 });
      expect(tasks).toMatchObject([
        { state: 'FAILED', attempts: 3, error: { code: 'connection_failed' } },
        { state: 'SKIPPED', attempts: 0 },
      ]);
      expect(village.witness.of(plan.pathOf('put'))).toHaveLength(12);
      expect(journal.filter(({ type }) => type === 'task.retried')).toHaveLength(8);
      for (const { id } of behind) expect((await soundEnd(client, id)).goal.state).toBe('COMPLETED');
    },
    LIMIT_MS,
  );
});
