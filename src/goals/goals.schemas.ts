import { z } from 'zod';
import { idSchema, pagingQuery, publicIdSchema, timeSchema } from '#libs/http';
import { type JsonObject, type JsonValue, isJsonObject } from '#libs/kernel';
import { LIMIT_MAX_ATTEMPTS, MAX_TASKS, PRIORITIES, goalStates } from '#libs/orchestration';
import { submitExample } from './submit-example.js';

/** Values that are the user's own: taken as they come, never copied, renamed or completed. */
const anyObject = z
  .custom<JsonObject>(isJsonObject, 'Expected an object')
  .meta({ type: 'object', additionalProperties: true });
const anyJson = z.custom<JsonValue>((value) => value !== undefined, 'Expected a JSON value').meta({});

/** A context is read with every claim and every look at the goal. */
const MAX_CONTEXT_BYTES = 256 * 1024;

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
    check: z
      .strictObject({ schema: anyJson })
      .optional()
      .meta({
        description: 'A JSON Schema (draft 2020-12) that the output must meet.',
        examples: [{ schema: { type: 'object', required: ['content'] } }],
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
    context: anyObject
      .refine(
        (value) => Buffer.byteLength(JSON.stringify(value)) <= MAX_CONTEXT_BYTES,
        'Expected at most 256 KiB of JSON',
      )
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
    playbook: anyObject.optional(),
    files: z.array(inputFileSchema).max(200).default([]),
    start: z.boolean().default(true).meta({ description: 'false: waits at RECEIVED until `execute`.' }),
    on_failure: z.enum(['fail', 'replan']).default('fail'),
  })
  .meta({ id: 'SubmitGoal', examples: [submitExample] });

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
    plan_version: z.int(),
    replans: z.int(),
    progress: z.object({ total: z.int(), succeeded: z.int(), failed: z.int(), running: z.int(), waiting: z.int() }),
    result: anyJson.nullable().meta({ description: 'Outputs of the tasks that no other task waits for.' }),
    error: failureSchema,
    cost: z.object({ tokens: z.int(), money: z.string(), seconds: z.number() }),
    files: z.array(z.object({ path: z.string(), size: z.int(), sha256: z.string() })),
    retry_of: idSchema('goal').nullable(),
    submitted_by: anyObject,
    created_at: timeSchema,
    started_at: timeSchema.nullable(),
    finished_at: timeSchema.nullable(),
  })
  .meta({ id: 'Goal' });

export type GoalView = z.output<typeof goalSchema>;

export const dryRunSchema = z
  .object({
    valid: z.literal(true),
    parallel: z.boolean(),
    tasks: z.array(
      z.object({
        key: z.string(),
        tool: z.string(),
        depends_on: z.array(z.string()),
        decision: z.object({ allowed: z.boolean(), check: z.string().nullable(), reason: z.string() }),
      }),
    ),
    estimated_cost: z.object({ tokens: z.int(), money: z.string() }),
  })
  .meta({ id: 'DryRun' });

export type DryRunView = z.output<typeof dryRunSchema>;
