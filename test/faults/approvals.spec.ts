import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parsePublicId } from '#libs/kernel';
import type { TestClient } from '#libs/testing';
import type { ChildProgram } from '../journeys/child-program.js';
import { end, journalOf, submitted } from '../journeys/goals.js';
import { LIMIT_MS, PATIENCE_MS } from './harness/length.js';
import { type ApprovalJson, approve, asked } from './harness/people.js';
import { type PlannedTask, VisiblePlan, task } from './harness/plans.js';
import { soundEnd } from './harness/verdict.js';
import { type Inhabitant, Village } from './harness/village.js';
import { eventually } from './harness/waiting.js';

let village: Village;
let inhabitant: Inhabitant;
let api: ChildProgram;
let worker: ChildProgram;
let requester: TestClient;
let operator: TestClient;
let plan: VisiblePlan;
let count = 0;

beforeAll(async () => {
  village = await Village.open();
  inhabitant = await village.settle();
  worker = village.worker();
  await startApi();
  await worker.ready();
}, LIMIT_MS);
afterAll(() => village.close(), LIMIT_MS);
beforeEach(() => {
  plan = new VisiblePlan(village.witness, `a${count++}`);
});

async function startApi(environment: Record<string, string> = {}): Promise<void> {
  api = village.start('api', { environment });
  requester = await village.client(api, inhabitant);
  operator = await village.client(api, { token: inhabitant.operatorToken });
}

/** It asks a person first, and the witness sees whether it was made. */
const remove = (id: string, given: object = {}): PlannedTask =>
  task(id, 'http_request', { method: 'DELETE', url: village.witness.url(plan.pathOf(id)), ...given });

const submit = (tasks: readonly PlannedTask[]) => submitted(requester, { description: plan.name, plan: { tasks } });
const seen = (id: string) => village.witness.of(plan.pathOf(id));

describe('approvals beside processes that are killed', () => {
  it(
    'are honoured once each, answered the other way round and clicked many times [SAF-3, ORC-16]',
    async () => {
      const { id } = await submit([remove('first'), remove('second')]);
      const questions = await asked(operator, id, 2);
      const of = (key: string) => questions.find(({ task_key }) => task_key === key)!;
      await worker.kill();
      for (const key of ['second', 'first']) {
        const clicks = await Promise.all(Array.from({ length: 8 }, () => approve(operator, of(key))));
        expect(clicks.map(({ status }) => status)).toEqual(clicks.map(() => 200));
      }
      // Nothing is done on the strength of a click alone: somebody has to carry the goal.
      expect([...seen('first'), ...seen('second')]).toEqual([]);
      worker = await village.readyWorker();
      expect((await end(requester, id, PATIENCE_MS)).state).toBe('COMPLETED');
      expect([seen('first').length, seen('second').length]).toEqual([1, 1]);
      const { journal } = await soundEnd(requester, id);
      const granted = journal.filter(({ type }) => type === 'approval.granted').map(({ data }) => data?.['key']);
      expect(new Set(granted)).toEqual(new Set(['first', 'second']));
      expect(granted).toHaveLength(2);
    },
    LIMIT_MS,
  );

  it(
    'are void when what would run is not what was shown, also after a crash [SAF-3, ORC-16]',
    async () => {
      const { id } = await submit([
        task('name', 'echo', { url: village.witness.url(plan.pathOf('shown')) }),
        remove('gone', { url: { $ref: 'name.output.url' } }),
      ]);
      const [shown] = await asked(operator, id);
      await worker.kill();
      await approve(operator, shown!);
      // Somebody with access to the database points the reference elsewhere, while nobody has the goal in hand.
      await village.database.system.once(`update task set output = $2 where goal_id = $1 and key = 'name'`, [
        parsePublicId('goal', id),
        JSON.stringify({ url: village.witness.url(plan.pathOf('other')) }),
      ]);
      worker = await village.readyWorker();
      const [again] = await asked(operator, id);
      expect(again!.id).not.toBe(shown!.id);
      expect(again!.arguments.url).toContain('/other');
      expect((await operator.get<ApprovalJson>(`/api/v1/approvals/${shown!.id}`)).body.state).toBe('void');
      expect([...seen('shown'), ...seen('other')]).toEqual([]);
      await approve(operator, again!);
      expect((await end(requester, id, PATIENCE_MS)).state).toBe('COMPLETED');
      expect([seen('shown').length, seen('other').length]).toEqual([0, 1]);
    },
    LIMIT_MS,
  );

  it(
    'that expire while every process is down are refused when they are back [SAF-3, ORC-16]',
    async () => {
      const brief = { APPROVAL_SECONDS: '2' };
      await Promise.all([api.kill(), worker.kill()]);
      worker = village.worker({ environment: brief });
      await startApi(brief);
      const { id } = await submit([remove('late')]);
      const [question] = await asked(operator, id);
      await Promise.all([api.kill(), worker.kill()]);
      await eventually(async () => {
        const [row] = await village.database.system.once<{ over: boolean }>(
          `select bool_and(expires_at < clock_timestamp()) as over from approval where id = $1`,
          [parsePublicId('appr', question!.id)],
        );
        return row!.over;
      });
      await sleep(100);
      worker = village.worker({ environment: brief });
      await startApi(brief);
      expect((await approve(operator, question!)).status).toBe(409);
      expect(await end(requester, id, PATIENCE_MS)).toMatchObject({
        state: 'FAILED',
        error: { code: 'approval_refused' },
      });
      const { body } = await operator.get<ApprovalJson>(`/api/v1/approvals/${question!.id}`);
      expect(body).toMatchObject({ state: 'expired', decided_by: null });
      expect(seen('late')).toEqual([]);
      const refused = (await journalOf(requester, id)).filter(({ type }) => type === 'approval.refused');
      expect(refused).toMatchObject([{ data: { state: 'expired' } }]);
    },
    LIMIT_MS,
  );
});
