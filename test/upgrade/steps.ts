import { expect } from 'vitest';
import type { TestClient } from '#libs/testing';
import { type GoalJson, type PageJson, journalOf, tasksOf } from '../journeys/goals.js';

/** Asks something of the goal that is expected to be granted. */
export async function ask(client: TestClient, { id }: GoalJson, verb: string): Promise<void> {
  expect([verb, (await client.post(`/api/v1/goals/${id}/${verb}`)).status]).toEqual([verb, 200]);
}

/** Waits until the goal's journal has a row of the type. */
export async function happened(client: TestClient, goal: GoalJson, type: string): Promise<void> {
  await found(client, goal, type, async () => (await journalOf(client, goal.id)).find((row) => row.type === type));
}

/** Approves what waits for a person of the goal, once it is asked. */
export async function approve(client: TestClient, goal: GoalJson, body?: object): Promise<void> {
  const path = `/api/v1/approvals?state=pending&goal_id=${goal.id}`;
  const { id } = await found(client, goal, 'question', async () => {
    return (await client.get<PageJson<{ readonly id: string }>>(path)).body.data[0];
  });
  expect((await client.post(`/api/v1/approvals/${id}/approve`, body)).status).toBe(200);
}

/** What `look` finds, once it does. Bounded: throws after some twenty seconds. */
async function found<T>(
  client: TestClient,
  { id }: GoalJson,
  what: string,
  look: () => Promise<T | undefined>,
): Promise<T> {
  for (let tries = 0; tries < 400; tries++) {
    const it = await look();
    if (it !== undefined) return it;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`no ${what} of the goal: ${JSON.stringify(await tasksOf(client, id))}`);
}
