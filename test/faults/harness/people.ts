import { expect } from 'vitest';
import type { TestClient } from '#libs/testing';
import type { PageJson } from '../../journeys/goals.js';
import { eventually } from './waiting.js';

export interface ApprovalJson {
  readonly id: string;
  readonly goal_id: string;
  readonly task_key: string;
  readonly kind: string;
  readonly state: string;
  readonly arguments: { readonly url?: string };
  readonly decided_by: object | null;
  readonly uncertain: { readonly idempotency_key: string | null } | null;
}

/** What waits for a person, of one goal or of all that the client may see. */
export async function pendingApprovals(client: TestClient, goalId?: string): Promise<readonly ApprovalJson[]> {
  const one = goalId === undefined ? '' : `&goal_id=${goalId}`;
  const { status, body } = await client.get<PageJson<ApprovalJson>>(`/api/v1/approvals?state=pending&limit=200${one}`);
  expect(status).toBe(200);
  return body.data;
}

/** Waits until so many questions of a goal are open. */
export function asked(client: TestClient, goalId: string, count = 1): Promise<readonly ApprovalJson[]> {
  return eventually(
    async () => {
      const pending = await pendingApprovals(client, goalId);
      return pending.length === count && pending;
    },
    () => goalId,
  );
}

export function approve(client: TestClient, { id }: { readonly id: string }, body: object = {}) {
  return client.post<ApprovalJson>(`/api/v1/approvals/${id}/approve`, body);
}
