import { expect } from 'vitest';
import type { JsonObject } from '#libs/kernel';
import type { TestClient } from '#libs/testing';

/* What the journeys read of answers. */

export interface GoalJson {
  readonly id: string;
  readonly state: string;
  readonly priority: string;
  readonly context: JsonObject;
  readonly result: JsonObject | null;
  readonly error: { readonly code: string; readonly detail: string } | null;
  readonly paused: JsonObject | null;
  readonly replans: number;
  readonly progress: {
    readonly total: number;
    readonly succeeded: number;
    readonly failed: number;
    readonly running: number;
  };
  readonly retry_of: string | null;
}

export interface TaskJson {
  readonly id: string;
  readonly key: string;
  readonly state: string;
  readonly attempts: number;
  readonly depends_on: readonly string[];
  readonly output: JsonObject | null;
  readonly error: { readonly code: string; readonly detail: string } | null;
  readonly started_at: string | null;
  readonly finished_at: string | null;
}

export interface JournalJson {
  readonly seq: number;
  readonly type: string;
  readonly from: string | null;
  readonly to: string | null;
  readonly actor: JsonObject;
  readonly reason: string | null;
  readonly data: JsonObject | null;
}

export interface PageJson<Item> {
  readonly data: readonly Item[];
  readonly next_cursor: string | null;
}

export interface ProblemJson {
  readonly type: string;
  readonly code: string;
  readonly status: number;
  readonly detail: string;
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
}

/** Submits a goal that is expected to be taken. */
export async function submitted(client: TestClient, body: object): Promise<GoalJson> {
  const answer = await client.post<GoalJson>('/api/v1/goals', body);
  expect(answer.body).toMatchObject({ state: expect.any(String) as string });
  expect(answer.status).toBe(202);
  expect(answer.headers.get('location')).toBe(`/api/v1/goals/${answer.body.id}`);
  return answer.body;
}

/** Waits until the condition holds for the goal. Bounded: throws after `milliseconds`. */
export async function until(
  client: TestClient,
  id: string,
  holds: (goal: GoalJson) => boolean,
  milliseconds = 20_000,
): Promise<GoalJson> {
  const limit = performance.now() + milliseconds;
  for (;;) {
    const { body } = await client.get<GoalJson>(`/api/v1/goals/${id}`);
    if (holds(body)) return body;
    if (performance.now() > limit) throw new Error(`it did not happen in time: ${JSON.stringify(body)}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

const FINAL = ['COMPLETED', 'FAILED', 'CANCELLED'];

/** The goal once it has ended. */
export function end(client: TestClient, id: string, milliseconds?: number): Promise<GoalJson> {
  return until(client, id, (goal) => FINAL.includes(goal.state), milliseconds);
}

/** All items of a list, page by page; fails when one comes twice. */
export async function allOf<Item>(client: TestClient, path: string, limit = 200): Promise<Item[]> {
  const items: Item[] = [];
  let cursor = '';
  do {
    const separator = path.includes('?') ? '&' : '?';
    const { status, body } = await client.get<PageJson<Item>>(`${path}${separator}limit=${limit}${cursor}`);
    expect(status).toBe(200);
    items.push(...body.data);
    cursor = body.next_cursor === null ? '' : `&cursor=${body.next_cursor}`;
  } while (cursor !== '');
  const keys = items.map((item) => JSON.stringify(item));
  expect(new Set(keys).size).toBe(keys.length);
  return items;
}

/** The tasks of a goal, in the order of its plan. */
export function tasksOf(client: TestClient, id: string): Promise<TaskJson[]> {
  return allOf<TaskJson>(client, `/api/v1/goals/${id}/tasks`);
}

/** The whole journal of a goal, which must be without gaps. */
export async function journalOf(client: TestClient, id: string): Promise<JournalJson[]> {
  const rows = await allOf<JournalJson>(client, `/api/v1/goals/${id}/journal`);
  expect(rows.map(({ seq }) => seq)).toEqual(rows.map((_, n) => n + 1));
  return rows;
}
