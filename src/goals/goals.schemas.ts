import { z } from 'zod';
import { idSchema, pagingQuery, publicIdSchema, timeSchema } from '#libs/http';
import { type JsonObject, type JsonValue, isJsonObject } from '#libs/kernel';
import {
  APPROVAL_ACTIONS,
  LIMIT_MAX_ATTEMPTS,
  MAX_TASKS,
  PRIORITIES,
  type Plan,
  goalStates,
} from '#libs/orchestration';
import { submitExample, submitPlaybookExample } from './submit-example.js';

/** Values that are the user's own: taken as they come, never copied, renamed or completed. */
const anyObject = z
  .custom<JsonObject>(isJsonObject, 'Expected an object')
  .meta({ type: 'object', additionalProperties: true });
const anyJson = z.custom<JsonValue>((value) => value !== undefined, 'Expected a JSON value').meta({});

/** A context is read with every claim and every look at the goal. */
const MAX_CONTEXT_BYTES = 256 * 1024;

export const contextSchema = anyObject.refine(
  (value) => Buffer.byteLength(JSON.stringify(value)) <= MAX_CONTEXT_BYTES,
  'Expected at most 256 KiB of JSON',
);

const checkSchema = z
  .strictObject({
    schema: anyJson.optional(),
    expression: z.string().optional(),
    command: z.array(z.string()).min(1).max(256).optional(),
  })
  .refine((check) => Object.values(check).filter((each) => each !== undefined).length === 1, {
    message: 'Give exactly one of `schema`, `expression` and `command`',
  });

const taskSchema = z
  .strictObject({
    id: z.string().meta({ description: 'Unique in the plan: 1 to 128 of `A-Za-z0-9_.-`.', examples: ['load'] }),
    title: z.string().max(500).optional(),
    tool: z
      .string()
      .optional()
      .meta({ description: 'Name of a tool of `GET /api/v1/tools`.', examples: ['read_file'] }),
    arguments: anyObject.optional().meta({
      description:
        'What the tool gets. An object whose only key is `$ref` stands for a result, e.g. `{"$ref": "load.output.rows.0"}`, and implies the dependency; `{"$literal": …}` passes its value untouched.',
      examples: [{ path: 'in.csv' }],
    }),
    depends_on: z.array(z.string()).max(MAX_TASKS).optional(),
    retry: z
      .strictObject({ max_attempts: z.int().min(1).max(LIMIT_MAX_ATTEMPTS).optional() })
      .optional()
      .meta({
        description: 'Attempts including the first; 4 by default. Only errors that a retry can mend are retried.',
      }),
    timeout_seconds: z.number().positive().max(3600).optional(),
    check: checkSchema.optional().meta({
      description:
        'What must hold for the task to succeed: a JSON Schema (draft 2020-12) of the output, a JavaScript expression about `output` that must be true, or a command that must end with 0. Exactly one of them.',
      examples: [{ expression: 'output.value.rows > 0' }],
    }),
    agent: z.string().optional().meta({ description: 'Needs a model.' }),
    prompt: z.string().optional().meta({ description: 'Needs a model.' }),
  })
  .meta({ id: 'PlanTask' });

const planSchema = z
  .strictObject({ tasks: z.array(taskSchema).max(MAX_TASKS, `A plan holds at most ${MAX_TASKS} tasks`) })
  .meta({ id: 'Plan' });

const inputFileSchema = z
  .strictObject({
    path: z.string().meta({ description: 'Where the file appears in the workspace.', examples: ['in.csv'] }),
    file: publicIdSchema('file').optional(),
    content_base64: z.base64('Expected base64').optional(),
  })
  .refine((file) => (file.file === undefined) !== (file.content_base64 === undefined), {
    message: 'Give either `file` (the id of an upload) or `content_base64`',
  });

export const submitGoalSchema = z
  .strictObject({
    description: z.string().min(1).max(20_000),
    priority: z.enum(PRIORITIES).default('normal'),
    context: contextSchema
      .default({})
      .meta({ description: 'For the agents, given back as it came: up to 256 KiB. Larger things go into files.' }),
    deadline: z.iso.datetime({ offset: true, message: 'Expected a time like 2026-12-01T00:00:00.000Z' }).optional(),
    pattern: z.enum(['single', 'council', 'swarm', 'market']).optional(),
    budget: z
      .strictObject({
        tokens: z.int().positive().optional(),
        money: z
          .string()
          .regex(/^\d{1,12}(\.\d{1,6})?$/, 'Expected a decimal like "1.50"')
          .optional(),
      })
      .optional(),
    plan: planSchema.optional(),
    playbook: z
      .strictObject({ name: z.string().min(1).max(64), parameters: anyObject.default({}) })
      .optional()
      .meta({
        description: 'A playbook of `GET /api/v1/playbooks` with its parameters, instead of a plan.',
        examples: [{ name: 'csv-report', parameters: { file: 'in.csv' } }],
      }),
    files: z.array(inputFileSchema).max(200).default([]),
    start: z.boolean().default(true).meta({ description: 'false: waits at RECEIVED until `execute`.' }),
    on_failure: z.enum(['fail', 'replan']).default('fail'),
  })
  .meta({ id: 'SubmitGoal', examples: [submitExample, submitPlaybookExample] });

export type SubmitGoalBody = z.output<typeof submitGoalSchema>;

export const submitQuery = z.strictObject({
  dry_run: z
    .enum(['true', 'false'])
    .optional()
    .meta({ description: '`true` stores nothing and answers what would happen.' }),
});

export const commandBody = z
  .strictObject({
    reason: z
      .string()
      .max(1000)
      .optional()
      .meta({ description: 'Kept in the journal.', examples: ['no longer needed'] }),
  })
  .nullish()
  .transform((body) => body ?? {})
  .meta({ id: 'GoalCommand' });

export const retryBody = z
  .strictObject({
    deadline: z.iso.datetime({ offset: true }).optional().meta({
      description: 'Of the new goal. By default that of the old one, unless it has passed.',
    }),
  })
  .nullish()
  .transform((body) => body ?? {})
  .meta({ id: 'RetryGoal' });

export const listGoalsQuery = pagingQuery.extend({
  state: z
    .string()
    .transform((text) => text.split(','))
    .pipe(z.array(z.enum(goalStates)).max(goalStates.length))
    .optional()
    .meta({ description: 'One state, or several separated by commas.', examples: ['COMPLETED,FAILED'] }),
});

const plannedBySchema = z
  .object({
    planner: z.enum(['playbook', 'steps', 'shape']).meta({
      description: 'A playbook that was named or asked for in words, a list of steps in words, or a single step.',
    }),
    playbook: z.string().nullable(),
    version: z.int().nullable().meta({ description: 'Of the playbook, as it was then.' }),
    parameters: anyObject.nullable().meta({ description: 'Of the playbook, with its defaults.' }),
  })
  .nullable()
  .meta({ description: 'Who made the plan; null where it was submitted.' });

const failureSchema = z.object({ code: z.string(), detail: z.string() }).nullable();

export const goalSchema = z
  .object({
    id: idSchema('goal'),
    description: z.string(),
    state: z.enum(goalStates),
    priority: z.enum(PRIORITIES),
    pattern: z.string(),
    context: anyObject,
    deadline: timeSchema.nullable(),
    on_failure: z.string(),
    budget: anyObject.nullable(),
    paused: z.object({ since: timeSchema, by: anyObject, reason: z.string().nullable() }).nullable(),
    halted: z
      .object({ scope: z.enum(['goal', 'tenant', 'installation']), by: anyObject, reason: z.string().nullable() })
      .nullable()
      .meta({ description: 'The kill switch that stops it, while one is engaged.' }),
    plan_version: z.int(),
    planned_by: plannedBySchema,
    replans: z.int(),
    progress: z.object({ total: z.int(), succeeded: z.int(), failed: z.int(), running: z.int(), waiting: z.int() }),
    result: anyJson.nullable().meta({ description: 'Outputs of the tasks that no other task waits for.' }),
    error: failureSchema,
    cost: z.object({ tokens: z.int(), money: z.string(), seconds: z.number() }),
    files: z.array(z.object({ path: z.string(), size: z.int(), sha256: z.string() })),
    retry_of: idSchema('goal').nullable(),
    forked_from: z
      .object({ goal_id: idSchema('goal'), seq: z.int() })
      .nullable()
      .meta({ description: 'Where it branched off another goal: after that row of its journal.' }),
    submitted_by: anyObject,
    created_at: timeSchema,
    started_at: timeSchema.nullable(),
    finished_at: timeSchema.nullable(),
  })
  .meta({ id: 'Goal' });

export type PlannedBy = NonNullable<z.output<typeof plannedBySchema>>;

export type GoalView = z.output<typeof goalSchema>;

export const dryRunSchema = z
  .object({
    valid: z.literal(true),
    parallel: z.boolean(),
    planned_by: plannedBySchema,
    plan: z
      .custom<Plan>(() => true)
      .meta({
        type: 'object',
        description: 'The plan, as it could be submitted.',
        additionalProperties: true,
      }),
    tasks: z.array(
      z.object({
        key: z.string(),
        tool: z.string(),
        depends_on: z.array(z.string()),
        decision: z
          .object({
            allowed: z.boolean(),
            decision: z.enum(['allow', 'ask', 'deny']),
            check: z.string().nullable().meta({ description: 'The check of the gate that decided; null if none did.' }),
            action: z.enum(APPROVAL_ACTIONS).nullable().meta({ description: 'What a person would have to agree to.' }),
            reason: z.string(),
          })
          .meta({ description: 'What the gate would say now. References are judged once they are known.' }),
      }),
    ),
    estimated_cost: z.object({ tokens: z.int(), money: z.string() }),
  })
  .meta({ id: 'DryRun' });

export type DryRunView = z.output<typeof dryRunSchema>;
