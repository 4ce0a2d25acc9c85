import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { Answers, ApiErrors, type Page, Requires, page, publicIdSchema } from '#libs/http';
import { ApprovalQueries } from './approval-queries.js';
import {
  type ApprovalView,
  type ListApprovalsQuery,
  approvalExample,
  approvalSchema,
  approveBody,
  listApprovalsQuery,
  rejectBody,
  uncertainExample,
} from './approvals.schemas.js';
import { DecideApproval } from './decide-approval.js';

const approvalId = publicIdSchema('appr');
const DECIDED = {
  ...approvalExample,
  state: 'approved' as const,
  decided_by: { kind: 'api_key', id: 'ak_0123456789ab', name: 'operator' },
  decided_at: '2026-12-01T08:41:07.300Z',
};

@ApiTags('approvals')
@Controller('api/v1/approvals')
export class ApprovalsController {
  constructor(
    private readonly approvals: ApprovalQueries,
    private readonly decisions: DecideApproval,
  ) {}

  @Get()
  @Requires('goal:read')
  @ApiOperation({
    summary: 'List approvals',
    description: 'Newest first. `?state=pending` is what waits for a person.',
  })
  @Answers(200, page(approvalSchema), {
    description: 'A page of approvals.',
    example: { data: [uncertainExample, approvalExample], next_cursor: null },
  })
  list(@Query({ schema: listApprovalsQuery }) query: ListApprovalsQuery): Promise<Page<ApprovalView>> {
    return this.approvals.list(query);
  }

  @Get(':approval_id')
  @Requires('goal:read')
  @ApiOperation({ summary: 'Read an approval' })
  @Answers(200, approvalSchema, { description: 'The approval as it is now.', example: approvalExample })
  @ApiErrors('not_found')
  get(@Param('approval_id', { schema: approvalId }) id: string): Promise<ApprovalView> {
    return this.approvals.get(id);
  }

  @Post(':approval_id/approve')
  @Requires('goal:approve')
  @ApiOperation({
    summary: 'Approve',
    description:
      'What runs is what the approval shows: with other arguments it is void, and asked for again. One of kind ' +
      '`uncertain` asks what is to become of a call that may have taken effect, and takes a `resolution`: `repeat` ' +
      'calls once more with the same idempotency key, `took_effect` lets the task succeed with the `output` given.',
  })
  @Answers(200, approvalSchema, { description: 'Approved; the task goes on.', example: DECIDED })
  @ApiErrors('not_found', 'approval_decided', 'approval_expired', 'own_request')
  async approve(
    @Param('approval_id', { schema: approvalId }) id: string,
    @Body({ schema: approveBody }) answer: z.output<typeof approveBody>,
  ): Promise<ApprovalView> {
    await this.decisions.decide(id, { ...answer, approved: true });
    return this.approvals.get(id);
  }

  @Post(':approval_id/reject')
  @Requires('goal:approve')
  @ApiOperation({
    summary: 'Reject',
    description:
      'The task fails with `approval_refused`, one whose call may have taken effect with `outcome_uncertain`, and is not ' +
      'tried again.',
  })
  @Answers(200, approvalSchema, { description: 'Rejected.', example: { ...DECIDED, state: 'rejected' } })
  @ApiErrors('not_found', 'approval_decided', 'approval_expired')
  async reject(
    @Param('approval_id', { schema: approvalId }) id: string,
    @Body({ schema: rejectBody }) { reason }: z.output<typeof rejectBody>,
  ): Promise<ApprovalView> {
    await this.decisions.decide(id, { approved: false, reason });
    return this.approvals.get(id);
  }
}
