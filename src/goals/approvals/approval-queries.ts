import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { requirePrincipal } from '#libs/context';
import { type Page, cutPage, decodeCursor } from '#libs/http';
import { COMMON_ERRORS, isUuid } from '#libs/kernel';
import { TenantTransaction } from '#libs/persistence';
import { type Sized, hasMore, withinBytes } from '../page-bytes.js';
import { APPROVALS, type ApprovalRow, STATE, approvalView } from './approval-rows.js';
import type { ApprovalView, ListApprovalsQuery } from './approvals.schemas.js';

const uuidPosition = z.string().refine(isUuid);

/** Reads of approvals, always of the current tenant. */
@Injectable()
export class ApprovalQueries {
  constructor(private readonly tenants: TenantTransaction) {}

  /** Throws `not_found`. */
  async get(id: string): Promise<ApprovalView> {
    const { tenantId } = requirePrincipal();
    const sql = `${APPROVALS} where a.tenant_id = $1 and a.id = $2`;
    const [row] = await this.tenants.once<ApprovalRow>(tenantId, sql, [tenantId, id]);
    if (!row) throw COMMON_ERRORS.make('not_found', 'There is no such approval.');
    return approvalView(row);
  }

  /** Newest first. */
  async list({ state, goal_id, limit, cursor }: ListApprovalsQuery): Promise<Page<ApprovalView>> {
    const { tenantId } = requirePrincipal();
    const before = decodeCursor(cursor, uuidPosition) ?? null;
    const sql = withinBytes(
      `select rows.*, octet_length(concat(rows.arguments, rows.output)) as bytes from (
         ${APPROVALS}
          where a.tenant_id = $1 and ($2::uuid is null or a.id < $2) and ($3::uuid is null or a.goal_id = $3)
            and ($4::text is null or ${STATE} = $4) and ($4 is distinct from 'pending' or a.state = 'pending')
          order by a.id desc limit $5) rows`,
      'id desc',
    );
    const parameters = [tenantId, before, goal_id ?? null, state ?? null, limit + 1];
    const rows = await this.tenants.once<ApprovalRow & Sized>(tenantId, sql, parameters);
    return cutPage(rows, limit, approvalView, (row) => row.id, hasMore(rows, limit));
  }

  /** Ids of what waits in a goal, or for one of its tasks; at most two, since more than one is ambiguous. */
  async pendingOf(goalId: string, taskId: string | undefined): Promise<string[]> {
    const { tenantId } = requirePrincipal();
    const sql = `select a.id from approval a
                  where a.tenant_id = $1 and a.goal_id = $2 and ($3::uuid is null or a.task_id = $3)
                    and a.state = 'pending' and a.expires_at > now() limit 2`;
    const rows = await this.tenants.once<{ id: string }>(tenantId, sql, [tenantId, goalId, taskId ?? null]);
    return rows.map(({ id }) => id);
  }
}
