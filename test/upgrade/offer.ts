import type { TestClient } from '#libs/testing';
import { allOf } from '../journeys/goals.js';

/**
 * What a version lets its users do, by what it says of itself: the paths of its OpenAPI document, such as
 * `/api/v1/approvals`, and the names of its tools.
 */
export async function offerOf(client: TestClient): Promise<ReadonlySet<string>> {
  const { body } = await client.get<{ readonly paths: object }>('/openapi.json');
  const tools = await allOf<{ readonly name: string }>(client, '/api/v1/tools');
  return new Set([...Object.keys(body.paths), ...tools.map(({ name }) => name)]);
}
