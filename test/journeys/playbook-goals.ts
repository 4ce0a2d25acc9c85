import { expect } from 'vitest';
import { type TestClient, type TestProgram, createApiKey, createTenant } from '#libs/testing';
import { type GoalJson, type PageJson, end, submitted } from './goals.js';

/* What the journeys with playbooks have in common. */

/** Lets the code of playbooks run without asking: what is tested is not the approval. */
const RELAXED = { approvals: { requester_may_approve: true, submitted_wasm_code_needs_approval: false } };

export async function signIn(program: TestProgram, settings: object = RELAXED): Promise<TestClient> {
  const tenant = await createTenant(program.database, { settings });
  return program.client((await createApiKey(program.database, tenant)).token);
}

export interface PlannedGoal extends GoalJson {
  readonly planned_by: object | null;
  readonly replans: number;
}

export const file = (path: string, content: string | Buffer) => ({
  path,
  content_base64: Buffer.from(content).toString('base64'),
});

/** Submits a goal and waits for its end. Python and JavaScript start slowly where many tests run at once. */
export async function ran(client: TestClient, body: object): Promise<PlannedGoal> {
  const { id } = await submitted(client, { description: 'Run a playbook', ...body });
  return (await end(client, id, 60_000)) as PlannedGoal;
}

/** The same for one that is expected to succeed. */
export async function completed(client: TestClient, body: object): Promise<PlannedGoal> {
  const goal = await ran(client, body);
  expect(goal, JSON.stringify(goal.error)).toMatchObject({ state: 'COMPLETED', error: null });
  return goal;
}

/** The text of an artifact of a goal. */
export async function artifact(client: TestClient, goal: GoalJson, path: string): Promise<string> {
  const { body } = await client.get<PageJson<{ id: string; path: string }>>(`/api/v1/goals/${goal.id}/artifacts`);
  const found = body.data.find((each) => each.path === path);
  expect(body.data.map((each) => each.path)).toContain(path);
  const content = await client.get<string | object>(`/api/v1/goals/${goal.id}/artifacts/${found!.id}/content`);
  return typeof content.body === 'string' ? content.body : JSON.stringify(content.body);
}

export async function jsonArtifact<Report>(client: TestClient, goal: GoalJson, path: string): Promise<Report> {
  return JSON.parse(await artifact(client, goal, path)) as Report;
}
