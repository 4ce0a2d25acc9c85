import { z } from 'zod';
import { idSchema, pagingQuery, publicIdSchema, timeSchema } from '#libs/http';
import { type JsonObject, isJsonObject } from '#libs/kernel';
import { APPROVAL_ACTIONS, RISKS } from '#libs/orchestration';

const STATES = ['pending', 'approved', 'rejected', 'expired', 'void'] as const;

const anyObject = z.custom<JsonObject>(isJsonObject).meta({ type: 'object', additionalProperties: true });
const actorSchema = z.object({ kind: z.string(), id: z.string(), name: z.string() });

export const approvalSchema = z
  .object({
    id: idSchema('appr'),
    goal_id: idSchema('goal'),
    goal_description: z.string().meta({ description: 'What the goal is for; its first 500 characters.' }),
    task_id: idSchema('task'),
    task_key: z.string().meta({ description: 'The id of the task in the plan.' }),
    tool: z.string(),
    action: z.enum(APPROVAL_ACTIONS).meta({ description: 'What kind of action a person must agree to here.' }),
    risk: z.enum(RISKS),
    arguments: anyObject.meta({
      description: 'What will run, with references replaced. Values of fields that are named like secrets are masked.',
    }),
    check_command: z
      .array(z.string())
      .nullable()
      .meta({ description: 'The command that checks the result, which the approval covers, too.' }),
    arguments_hash: z
      .string()
      .meta({ description: 'SHA-256 of what will run: the approval is good for nothing else.' }),
    reason: z.string().meta({ description: 'Why a person is asked.' }),
    requested_by: actorSchema,
    requested_at: timeSchema,
    expires_at: timeSchema,
    state: z.enum(STATES),
    decided_by: actorSchema.nullable(),
    decided_at: timeSchema.nullable(),
    decision_reason: z.string().nullable(),
  })
  .meta({ id: 'Approval' });

export type ApprovalView = z.output<typeof approvalSchema>;

export const listApprovalsQuery = pagingQuery.extend({
  state: z
    .enum(STATES)
    .optional()
    .meta({ examples: ['pending'] }),
  goal_id: publicIdSchema('goal').optional(),
});

export type ListApprovalsQuery = z.output<typeof listApprovalsQuery>;

const reason = z
  .string()
  .max(1000)
  .meta({ description: 'Kept with the approval.', examples: ['checked with Ada'] });

export const approveBody = z
  .strictObject({ reason: reason.optional() })
  .nullish()
  .transform((body) => body ?? {})
  .meta({ id: 'ApproveApproval', examples: [{ reason: 'checked with Ada' }] });

export const rejectBody = z
  .strictObject({ reason: reason.trim().min(1) })
  .meta({ id: 'RejectApproval', examples: [{ reason: 'the file is still needed' }] });

export const approveGoalBody = z
  .strictObject({ task_id: publicIdSchema('task').optional(), reason: reason.optional() })
  .nullish()
  .transform((body) => body ?? {})
  .meta({ id: 'ApproveGoal' });

export const approvalExample: ApprovalView = {
  id: 'appr_01k6vf32m4x9p2r7t1w5y8z3b6',
  goal_id: 'goal_01k6vf32j07gtsptjd9dfp61tn',
  goal_description: 'Remove last year’s figures',
  task_id: 'task_01k6vf32j1fzr8w5g3ya1b2c3d',
  task_key: 'clean',
  tool: 'delete_file',
  action: 'delete',
  risk: 'MEDIUM',
  arguments: { path: 'old/report.csv' },
  check_command: null,
  arguments_hash: '5d2c1f0d6f2a4b7c8e9d0a1b2c3d4e5f60718293a4b5c6d7e8f9012345678901',
  reason: 'delete_file: what deletes something waits for a person.',
  requested_by: { kind: 'api_key', id: 'ak_5f2b9c31d7e8', name: 'reports' },
  requested_at: '2026-12-01T08:30:00.012Z',
  expires_at: '2026-12-02T08:30:00.012Z',
  state: 'pending',
  decided_by: null,
  decided_at: null,
  decision_reason: null,
};
