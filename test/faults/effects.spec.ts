import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { TestClient } from '#libs/testing';
import type { ChildProgram } from '../journeys/child-program.js';
import { end, submitted } from '../journeys/goals.js';
import { LIMIT_MS, PATIENCE_MS, rounds } from './harness/length.js';
import { type ApprovalJson, approve, asked } from './harness/people.js';
import { type PlannedTask, VisiblePlan } from './harness/plans.js';
import { soundEnd } from './harness/verdict.js';
import { Village } from './harness/village.js';
import { allEnded, eventually } from './harness/waiting.js';

let village: Village;
let requester: TestClient;
let operator: TestClient;
let worker: ChildProgram;
let plan: VisiblePlan;
let count = 0;

beforeAll(async () => {
  village = await Village.open({ environment: { LEASE_SECONDS: '4' } });
  const inhabitant = await village.settle();
  const api = village.start('api');
  worker = village.worker();
  requester = await village.client(api, inhabitant);
  operator = await village.client(api, { token: inhabitant.operatorToken });
}, LIMIT_MS);
afterAll(() => village.close(), LIMIT_MS);
beforeEach(() => {
  plan = new VisiblePlan(village.witness, `e${count++}`);
});

const submit = (tasks: readonly PlannedTask[]) => submitted(requester, { description: plan.name, plan: { tasks } });
const seen = (key: string) => village.witness.of(plan.pathOf(key));

/** The worker dies when the request has arrived, and nobody has told it so; another one comes. */
async function killBetween(...keys: readonly string[]): Promise<void> {
  await worker.ready();
  await eventually(() => keys.every((key) => seen(key).length === 1));
  await worker.kill();
  worker = village.worker();
}

describe('a worker that is killed after an effect and before its record', () => {
  it(
    'has an idempotent call made again, once, exactly as it was [ORC-16]',
    async () => {
      for (let round = 0; round < rounds(1, 10); round++) {
        plan = new VisiblePlan(village.witness, `again${round}`);
        const { id } = await submit([plan.put('put', { mute: 1 })]);
        await killBetween('put');
        await allEnded(village);
        expect((await soundEnd(requester, id)).goal.state).toBe('COMPLETED');
        const [first, ...again] = seen('put').map(({ method, path, key }) => ({ method, path, key }));
        expect(again.length).toBeGreaterThan(0);
        for (const each of again) expect(each).toEqual(first);
      }
    },
    LIMIT_MS,
  );

  it(
    'has a person asked about any other call, and what they say is done [TOL-7, ORC-16]',
    async () => {
      const kept = await submit([plan.post('kept', { mute: 1 })]);
      const repeated = await submit([plan.post('repeated', { mute: 1 })]);
      const refused = await submit([plan.post('refused', { mute: 1 })]);
      await killBetween('kept', 'repeated', 'refused');
      const keys = ['kept', 'repeated', 'refused'] as const;
      const questions = new Map<string, ApprovalJson>();
      for (const [n, { id }] of [kept, repeated, refused].entries()) {
        const [question] = await asked(operator, id);
        questions.set(keys[n]!, question!);
        // Whoever is asked can look on the other side whether it was done: by the key that the request carried.
        const [request, ...more] = seen(keys[n]!);
        expect(more).toEqual([]);
        expect(request!.key).toMatch(/^av-/);
        expect(question).toMatchObject({ kind: 'uncertain', uncertain: { idempotency_key: request!.key } });
      }
      const answers = [
        approve(operator, questions.get('kept')!, { resolution: 'took_effect', output: { nth: 1 } }),
        approve(operator, questions.get('repeated')!, { resolution: 'repeat' }),
        operator.post(`/api/v1/approvals/${questions.get('refused')!.id}/reject`, { reason: 'nobody knows' }),
      ];
      expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200, 200]);
      expect((await end(requester, kept.id, PATIENCE_MS)).state).toBe('COMPLETED');
      expect((await end(requester, repeated.id, PATIENCE_MS)).state).toBe('COMPLETED');
      expect((await end(requester, refused.id, PATIENCE_MS)).state).toBe('FAILED');
      expect(seen('kept')).toHaveLength(1);
      expect(seen('refused')).toHaveLength(1);
      const [once, again, ...more] = seen('repeated');
      expect(more).toEqual([]);
      expect(again!.key).toBe(once!.key);
      for (const { id } of [kept, repeated, refused]) await soundEnd(requester, id);
    },
    LIMIT_MS,
  );
});
