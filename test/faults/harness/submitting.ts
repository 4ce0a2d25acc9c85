import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { TestAnswer, TestClient } from '#libs/testing';
import type { GoalJson } from '../../journeys/goals.js';
import { LIMIT_MS } from './length.js';
import { eventually } from './waiting.js';

/** One submission under a key; undefined when there is nobody who answers. */
export async function submitOnce(
  client: TestClient,
  key: string,
  body: object,
): Promise<TestAnswer<GoalJson> | undefined> {
  try {
    return await client.post<GoalJson>('/api/v1/goals', body, { headers: { 'idempotency-key': key } });
  } catch {
    return undefined;
  }
}

/**
 * As a careful script submits: under the same key until it is told that the goal is there. Gives its id. `find` gives
 * the client of each request.
 */
export async function submitFirmly(find: () => Promise<TestClient>, key: string, body: object): Promise<string> {
  const attempt = async () => {
    const answer = await submitOnce(await find(), key, body);
    if (answer?.status === 202) return answer.body.id;
    // Never is the caller to blame, and never does it look as if the goal were refused.
    expect([409, 503], JSON.stringify(answer?.body)).toContain(answer?.status ?? 503);
    await sleep(50);
    return undefined;
  };
  // Each kill may hold the key for another minute.
  return eventually(attempt, () => key, LIMIT_MS / 2);
}
