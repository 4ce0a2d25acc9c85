import { z } from 'zod';
import { idSchema, timeSchema } from '#libs/http';
import { type JsonObject, type JsonValue, isJsonObject } from '#libs/kernel';
import { APPROVAL_ACTIONS, CAPABILITIES, RISKS, goalStates } from '#libs/orchestration';
import { METHODS } from '#libs/tools';
import { artifactSchema } from '../goal-parts.schemas.js';
import { submitGoalSchema } from '../goals.schemas.js';
import { registerExample } from './register-example.js';

/** Bytes of JSON that a definition may have: it is read by every process that calls it. */
const MAX_BYTES = 64 * 1024;
const MAX_URL_LENGTH = 4096;
const MAX_SECONDS = 3600;

const anyObject = z
  .custom<JsonObject>(isJsonObject, 'Expected an object')
  .meta({ type: 'object', additionalProperties: true });
const anyJson = z.custom<JsonValue>((value) => value !== undefined, 'Expected a JSON value').meta({});

/** As a path parameter, anything else is a 404: no tool has such a name. */
export const toolName = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,63}$/, 'Expected snake_case: 1 to 64 of `a-z0-9_`, a letter first')
  .meta({ description: 'The `name` of the tool.', examples: ['city_weather'] });

const LEVELS = ['READ_ONLY', 'READ_WRITE', 'EXECUTE', 'ADMIN'] as const;
const EFFECTS = ['pure', 'idempotent', 'non_idempotent'] as const;
const FACTS = {
  permission_level: z.enum(LEVELS),
  effect: z.enum(EFFECTS).meta({
    description:
      'What a second run means: `pure` leaves no trace, `idempotent` leaves the same one, `non_idempotent` is never repeated blindly.',
  }),
};

const httpSchema = z.strictObject({
  method: z.enum(METHODS),
  url: z
    .string()
    .max(MAX_URL_LENGTH)
    .meta({
      description:
        '`{name}` in the path or the query stands for an argument, percent-encoded; a pair of the query is left out when its argument is not given.',
      examples: ['https://api.example.com/v1/cities/{city}?units={units}'],
    }),
  headers: z
    .record(z.string(), z.union([z.string(), anyObject], { error: 'Expected text or `{"$param": "name"}`' }))
    .optional()
    .meta({ description: 'Text, or `{"$param": "name"}` for an argument. Secrets may not be written down here.' }),
  body: anyJson.optional().meta({
    description: 'Sent as JSON, text as it is. `{"$param": "name"}` stands for an argument, at any depth.',
    examples: [{ city: { $param: 'city' } }],
  }),
});

const javascriptSchema = z.strictObject({
  code: z
    .string()
    .min(1)
    .meta({
      description:
        'Runs in the WebAssembly sandbox; `input` is the arguments. The output is the value of the last expression.',
      examples: ['input.a + input.b'],
    }),
});

const definitionSchema = z.strictObject({
  name: toolName,
  description: z.string().min(1).max(4000).meta({ description: 'What it does: models and people choose tools by it.' }),
  input_schema: anyObject.meta({ description: 'JSON Schema (draft 2020-12) of the arguments: of an object.' }),
  output_schema: anyObject.optional().meta({ description: 'JSON Schema of the output, which is held to it.' }),
  ...FACTS,
  risk: z.enum(['LOW', 'MEDIUM', 'HIGH'], 'Expected LOW, MEDIUM or HIGH: no goal may run what is CRITICAL').meta({
    description: 'The harm of a wrong call.',
  }),
  timeout_seconds: z.number().positive().max(MAX_SECONDS).optional(),
  action: z.enum(APPROVAL_ACTIONS).optional().meta({ description: 'A person must agree to each call.' }),
  http: httpSchema.optional().meta({ description: 'Each call is a request.' }),
  javascript: javascriptSchema.optional().meta({ description: 'Each call runs code. `action` is at least `code`.' }),
});

export const registerToolSchema = definitionSchema
  .refine(({ http, javascript }) => (http === undefined) !== (javascript === undefined), {
    message: 'Give exactly one of `http` and `javascript`',
  })
  .refine((definition) => Buffer.byteLength(JSON.stringify(definition)) <= MAX_BYTES, {
    message: 'Expected at most 64 KiB of JSON',
  })
  .meta({ id: 'RegisterTool', examples: [registerExample] });

export type RegisterToolBody = z.output<typeof registerToolSchema>;

export const toolSummarySchema = z
  .object({
    name: z.string(),
    source: z.enum(['built_in', 'tenant']).meta({ description: 'Whether it comes with the program or is your own.' }),
    description: z.string(),
    ...FACTS,
    risk: z.enum(RISKS),
    idempotent: z.boolean(),
    action: z.enum(APPROVAL_ACTIONS).nullable().meta({
      description: 'What a person must agree to; where it depends on the arguments, the most that it can be.',
    }),
    timeout_seconds: z.number(),
    needs: z.enum(CAPABILITIES).meta({
      description: 'The capability that a worker must have to run it: one of `WORKER_CAPABILITIES`.',
    }),
    input_schema: anyObject.meta({ description: 'JSON Schema of the arguments.' }),
    output_schema: anyObject.meta({ description: 'JSON Schema of the output.' }),
  })
  .meta({ id: 'ToolSummary' });

export type ToolSummary = z.output<typeof toolSummarySchema>;

const actorSchema = z.object({ kind: z.string(), id: z.string(), name: z.string() });

export const toolSchema = toolSummarySchema
  .extend({
    definition: anyObject.nullable().meta({ description: 'As it was registered; null for a built-in tool.' }),
    registered_by: actorSchema.nullable(),
    registered_at: timeSchema.nullable(),
  })
  .meta({ id: 'Tool' });

export type ToolView = z.output<typeof toolSchema>;

export const executeToolSchema = z
  .strictObject({
    arguments: anyObject.default({}).meta({
      description: 'As those of a task in a plan.',
      examples: [{ city: 'Bern', units: 'metric' }],
    }),
    timeout_seconds: z.number().positive().max(MAX_SECONDS).optional(),
    files: submitGoalSchema.shape.files.meta({
      description: 'Files in the workspace of the call, as those of a goal.',
    }),
  })
  .prefault({})
  .meta({ id: 'ExecuteTool', examples: [{ arguments: { city: 'Bern', units: 'metric' }, timeout_seconds: 10 }] });

export type ExecuteToolBody = z.output<typeof executeToolSchema>;

export const executedSchema = z
  .object({
    goal_id: idSchema('goal'),
    task_id: idSchema('task'),
    output: anyJson,
    artifacts: z.array(artifactSchema).meta({ description: 'Files that the call left.' }),
  })
  .meta({ id: 'ExecutedTool' });

export type ExecutedView = z.output<typeof executedSchema>;

export const waitingSchema = z
  .object({
    goal_id: idSchema('goal'),
    task_id: idSchema('task').nullable(),
    state: z.enum(goalStates),
    approval_id: idSchema('appr').nullable().meta({ description: 'What a person has to decide first.' }),
  })
  .meta({ id: 'WaitingTool' });

export type WaitingView = z.output<typeof waitingSchema>;
