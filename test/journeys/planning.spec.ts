import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestClient, type TestProgram, startTestProgram } from '#libs/testing';
import { type GoalJson, type PageJson, end, journalOf, submitted } from './goals.js';
import { type PlannedGoal, artifact, completed, file, signIn } from './playbook-goals.js';
import { expectProblem } from './problems.js';

const GOALS = '/api/v1/goals';
const SALES = file('sales.csv', 'region,amount\nnorth,12.50\nsouth,30\nnorth,0.25\n');

let program: TestProgram;
let client: TestClient;

beforeAll(async () => {
  program = await startTestProgram({ ROLE: 'all' });
  client = await signIn(program);
});
afterAll(() => program.close());

const refused = async (body: object) => client.post(GOALS, { description: 'Report on something', ...body });

describe('a goal in words', () => {
  it('is planned by the phrase of a playbook, and says so [LLM-2, ORC-15]', async () => {
    const goal = await completed(client, { description: 'Make a report on sales.csv by region', files: [SALES] });
    const by = { planner: 'playbook', playbook: 'csv-report', version: 1 };
    expect(goal.planned_by).toMatchObject({ ...by, parameters: { file: 'sales.csv', group_by: 'region', top: 5 } });
    const [first] = await journalOf(client, goal.id);
    expect(first).toMatchObject({ to: 'RECEIVED', data: { planned_by: by } });
    expect(await artifact(client, goal, 'report.md')).toContain('north');
  });

  it('is planned as the steps that it lists [LLM-2, ORC-15]', async () => {
    const goal = await completed(client, {
      description: '1. read sales.csv 2. sum amount by region 3. save it to sums.json',
      files: [SALES],
    });
    expect(goal.planned_by).toEqual({ planner: 'steps', playbook: null, version: null, parameters: null });
    expect(await artifact(client, goal, 'sums.json')).toMatch(/12\.75/);
  });

  it('is planned as one step [LLM-2, ORC-15]', async () => {
    const goal = await completed(client, { description: 'Count rows in sales.csv', files: [SALES] });
    expect(goal.planned_by).toMatchObject({ planner: 'shape', playbook: null });
    expect(JSON.stringify(goal.result)).toContain('3');
  });

  it('whose plan cannot run is refused by its words, with the reason [LLM-2, SAF-4]', async () => {
    const answer = await refused({ description: 'Summarise http://169.254.169.254/latest/' });
    expectProblem(answer, { path: 'description', says: /plan\.tasks\.0\.arguments\.url/ });
  });

  it('that nobody understands needs a model, and learns what works without one [ORC-15, LLM-2]', async () => {
    const plain = await refused({ description: 'Find out why our customers leave, and write to them' });
    const { detail } = expectProblem(plain, { code: 'model_required', path: 'description' });
    expect(detail).toMatch(/`plan`.*`playbook`.*GET \/api\/v1\/playbooks.*numbered steps/);
    expect(detail).toMatch(/no provider of language models/);
    expect(detail?.match(/Anything else needs a language model/g)).toHaveLength(1);
    const steps = await refused({ description: '1. read sales.csv 2. sing about it 3. save it to song.txt' });
    expectProblem(steps, { code: 'model_required', path: 'description', says: /sing about it/ });
    const near = await refused({ description: 'I would love a nice report about my csv data' });
    expectProblem(near, { code: 'model_required', says: /csv-report/ });
  });

  it('stores nothing when it is refused [ORC-15]', async () => {
    const { body } = await client.get<PageJson<GoalJson & { description: string }>>(`${GOALS}?limit=200`);
    expect(body.data.filter(({ description }) => /customers|sing about/.test(description))).toEqual([]);
  });
});

describe('a playbook in a goal', () => {
  it('is refused for what is wrong with its parameters, each by its path [LLM-2, ORC-15]', async () => {
    const call = (parameters: object, name = 'csv-report') => refused({ playbook: { name, parameters } });
    expectProblem(await call({}), { path: 'playbook.parameters.file', says: /required/ });
    expectProblem(await call({ file: 'a.csv', top: 0 }), { path: 'playbook.parameters.top' });
    expectProblem(await call({ file: 'a.csv', tpo: 1 }), {
      path: 'playbook.parameters.tpo',
      says: /no such parameter/,
    });
    expectProblem(await call({ file: '../a.csv' }), { path: 'playbook.parameters.file' });
    expectProblem(await call({ file: { $ref: 'compute.output' } }), { path: 'playbook.parameters.file' });
    expectProblem(await call({}, 'csv-rapport'), { path: 'playbook.name', says: /csv-report/ });
    // The gate's word about a value, too, is about the parameter that brought it.
    const inside = await call({ url: 'http://169.254.169.254/' }, 'fetch-and-summarise');
    expectProblem(inside, { path: 'playbook.parameters.url' });
  });

  it('stands in for a plan and not beside one [ORC-14]', async () => {
    const plan = { tasks: [{ id: 'a', tool: 'echo' }] };
    expectProblem(await refused({ plan, playbook: { name: 'csv-report' } }), {
      path: 'playbook',
      says: /one of the two/,
    });
  });

  it('can be tried by a dry run, which shows the plan that one could submit [ORC-14, ORC-15]', async () => {
    for (const body of [
      { description: 'x', playbook: { name: 'csv-report', parameters: { file: 'sales.csv' } } },
      { description: 'Report on sales.csv' },
      { description: '1. read sales.csv 2. save it to copy.csv' },
    ]) {
      const { status, body: answer } = await client.post<DryRun>(`${GOALS}?dry_run=true`, body);
      expect(status).toBe(200);
      expect(answer.planned_by).not.toBeNull();
      expect(answer.plan.tasks.map(({ id }) => id)).toEqual(answer.tasks.map(({ key }) => key));
      expect(answer.tasks.every(({ decision }) => decision.decision === 'allow')).toBe(true);
      const again = await client.post<DryRun>(`${GOALS}?dry_run=true`, { description: 'x', plan: answer.plan });
      expect(again.body).toEqual({ ...answer, planned_by: null });
    }
  });

  it('waits for a person to see its code where the tenant has not said otherwise [SAF-3, ORC-15]', async () => {
    const strict = await signIn(program, {});
    const { id } = await submitted(strict, {
      description: 'Report on sales.csv',
      files: [SALES],
    });
    const pending = async () =>
      (await strict.get<PageJson<{ id: string }>>(`/api/v1/approvals?state=pending&goal_id=${id}`)).body.data;
    await expect.poll(pending, { timeout: 20_000 }).toHaveLength(1);
    expect(await pending()).toMatchObject([{ action: 'code', tool: 'execute_javascript', task_key: 'compute' }]);
    expect((await strict.get(`${GOALS}/${id}`)).body).toMatchObject({ progress: { running: 0, succeeded: 0 } });
    await strict.post(`${GOALS}/${id}/cancel`);
    expect(await end(strict, id)).toMatchObject({ state: 'CANCELLED' });
  });

  it('stays on record when the goal is retried [ORC-11]', async () => {
    const goal = (await submitted(client, {
      description: 'Report on sales.csv',
      files: [SALES],
      start: false,
    })) as PlannedGoal;
    await client.post(`${GOALS}/${goal.id}/cancel`);
    await end(client, goal.id);
    const { body } = await client.post<PlannedGoal>(`${GOALS}/${goal.id}/retry`);
    expect(body.planned_by).toEqual(goal.planned_by);
    expect(await end(client, body.id, 60_000)).toMatchObject({ state: 'COMPLETED' });
  });

  it('is planned anew, as it is, only where the goal says so [ORC-8]', async () => {
    const { id } = await submitted(client, {
      description: 'Report on nowhere.csv',
      on_failure: 'replan',
    });
    expect(await end(client, id, 60_000)).toMatchObject({
      state: 'FAILED',
      replans: 3,
      planned_by: { planner: 'playbook' },
    });
    const once = await submitted(client, { description: 'Report on nowhere.csv' });
    expect(await end(client, once.id, 60_000)).toMatchObject({ state: 'FAILED', replans: 0 });
  });
});

interface DryRun {
  readonly planned_by: object | null;
  readonly plan: { readonly tasks: readonly { readonly id: string }[] };
  readonly tasks: readonly { readonly key: string; readonly decision: { readonly decision: string } }[];
}
