import { z } from 'zod';
import { idSchema, pagingQuery, publicIdSchema, timeSchema } from '#libs/http';
import { type JsonObject, type JsonValue, isJsonObject } from '#libs/kernel';
import { APPROVAL_ACTIONS, RISKS } from '#libs/orchestration';

const STATES = ['pending', 'approved', 'rejected', 'expired', 'void'] as const;

/** What an approval is about. */
const KINDS = ['permission', 'uncertain'] as const;
/** What a question about an uncertain call may be approved with. */
const RESOLUTIONS = ['repeat', 'took_effect'] as const;

const anyJson = z.custom<JsonValue>((value) => value !== undefined, 'Expected a JSON value').meta({});
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
    kind: z.enum(KINDS).meta({
      description:
        '`permission`: whether a call may be made. `uncertain`: what is to become of one that may have taken effect.',
    }),
    action: z.enum(APPROVAL_ACTIONS).nullable().meta({
      description: 'What kind of action a person must agree to here; null for an uncertain call that needed no leave.',
    }),
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
    uncertain: z
      .object({
        attempt: z.int().meta({ description: 'Which attempt of the task it was.' }),
        since: timeSchema.meta({ description: 'When the call began.' }),
        idempotency_key: z
          .string()
          .nullable()
          .meta({ description: 'What it carried, and a repetition will carry again: look for it on the other side.' }),
        answers: z
          .object({ repeat: z.string(), took_effect: z.string(), reject: z.string() })
          .meta({ description: 'What each answer means.' }),
      })
      .nullable()
      .meta({ description: 'The call that may have taken effect; null for other approvals.' }),
    resolution: z.enum(RESOLUTIONS).nullable().meta({ description: 'What an uncertain call was approved with.' }),
    output: anyJson.nullable().meta({
      description: 'What an uncertain call gave, where that is known; after `took_effect`, what was said that it gave.',
    }),
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

const answer = {
  reason: reason.optional(),
  resolution: z
    .enum(RESOLUTIONS)
    .optional()
    .meta({ description: 'For an approval of kind `uncertain`, where it is required; for no other.' }),
  output: anyJson
    .optional()
    .meta({ description: 'With `took_effect`: what the task gives to others. Null by default.' }),
};

export const approveBody = z
  .strictObject(answer)
  .nullish()
  .transform((body) => body ?? {})
  .meta({
    id: 'ApproveApproval',
    examples: [
      { reason: 'checked with Ada' },
      { reason: 'the mail never arrived', resolution: 'repeat' },
      { reason: 'it is in their list', resolution: 'took_effect', output: { status: 201 } },
    ],
  });

export const rejectBody = z
  .strictObject({ reason: reason.trim().min(1) })
  .meta({ id: 'RejectApproval', examples: [{ reason: 'the file is still needed' }] });

export const approveGoalBody = z
  .strictObject({ task_id: publicIdSchema('task').optional(), ...answer })
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
  kind: 'permission',
  action: 'delete',
  risk: 'MEDIUM',
  arguments: { path: 'old/report.csv' },
  check_command: null,
  arguments_hash: '5d2c1f0d6f2a4b7c8e9d0a1b2c3d4e5f60718293a4b5c6d7e8f9012345678901',
  reason: 'delete_file: what deletes something waits for a person.',
  uncertain: null,
  resolution: null,
  output: null,
  requested_by: { kind: 'api_key', id: 'ak_5f2b9c31d7e8', name: 'reports' },
  requested_at: '2026-12-01T08:30:00.012Z',
  expires_at: '2026-12-02T08:30:00.012Z',
  state: 'pending',
  decided_by: null,
  decided_at: null,
  decision_reason: null,
};

export const ANSWERS = {
  repeat:
    'approve with `"resolution": "repeat"`: it is called once more, with the same arguments and the same idempotency key.',
  took_effect:
    'approve with `"resolution": "took_effect"`: the task has succeeded, with the `output` that you give, and is not called again.',
  reject: 'reject: the task fails with `outcome_uncertain`, and with it the goal.',
} as const;

export const uncertainExample: ApprovalView = {
  ...approvalExample,
  goal_description: 'Order paper',
  task_key: 'order',
  tool: 'http_post',
  kind: 'uncertain',
  action: null,
  arguments: { url: 'https://shop.example.com/orders', body: { article: 'A4', boxes: 5 } },
  reason:
    'Nobody knows whether http_post took effect: The request was sent, but there was no answer that could be read: ' +
    'The server cut the connection.',
  uncertain: {
    attempt: 1,
    since: '2026-12-01T08:29:59.204Z',
    idempotency_key: 'av-task_01k6vf32j1fzr8w5g3ya1b2c3d-5d2c1f0d6f2a4b7c',
    answers: ANSWERS,
  },
};
