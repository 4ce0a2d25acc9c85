import { z } from 'zod';
import { idSchema, journalEntrySchema, page, pagingQuery, timeSchema } from '#libs/http';
import type { JsonObject } from '#libs/kernel';
import { type Plan, TASK_STATES, goalStates } from '#libs/orchestration';

const anyObject = z.custom<JsonObject>(() => true).meta({ type: 'object', additionalProperties: true });

/** What PostgreSQL's integer holds. */
const WHOLE_NUMBER = /^\d{1,9}$/;

export const replayQuery = pagingQuery.extend({
  seq: z
    .string()
    .regex(WHOLE_NUMBER, 'Expected the number of a row of the journal')
    .transform(Number)
    .optional()
    .meta({ description: 'Number of a row of the journal; the newest by default.', examples: ['12'] }),
});

export type ReplayQuery = z.output<typeof replayQuery>;

const replayedTaskSchema = z
  .object({
    key: z.string(),
    id: idSchema('task')
      .nullable()
      .meta({ description: 'Null while no row had named it; always for one that was kept from another goal.' }),
    state: z.enum(TASK_STATES),
    attempts: z.int(),
    error_code: z.string().nullable(),
    approval_id: idSchema('appr').nullable().meta({ description: 'The approval that it waited for.' }),
    started_at: timeSchema.nullable().meta({
      description: 'Of the newest attempt, as far as rows tell of it: null for a task that was kept from another goal.',
    }),
    finished_at: timeSchema.nullable(),
    seq: z.int().nullable().meta({ description: 'The newest row about it, up to this one.' }),
  })
  .meta({ id: 'ReplayedTask' });

export type ReplayedTaskView = z.output<typeof replayedTaskSchema>;

export const replaySchema = z
  .object({
    goal_id: idSchema('goal'),
    seq: z.int().meta({ description: 'The row after which the goal was like this.' }),
    previous_seq: z.int().nullable(),
    next_seq: z.int().nullable(),
    last_seq: z.int().meta({ description: 'The newest row that there is.' }),
    row: journalEntrySchema,
    state: z.enum(goalStates),
    held: z.boolean().meta({ description: 'Submitted with `"start": false`, and not started yet.' }),
    paused: z.object({ since: timeSchema, by: anyObject, reason: z.string().nullable() }).nullable(),
    halted: z.string().nullable().meta({ description: 'Scope of the kill switch that had stopped it.' }),
    plan_version: z.int(),
    replans: z.int(),
    progress: z.object({ total: z.int(), succeeded: z.int(), failed: z.int(), running: z.int(), waiting: z.int() }),
    changed_task: replayedTaskSchema.nullable().meta({ description: 'The task that the row is about.' }),
    tasks: page(replayedTaskSchema).meta({ description: 'A page of the tasks, in the order of the plan.' }),
  })
  .meta({ id: 'Replay', description: 'A goal as it was after a row of its journal.' });

export type ReplayView = z.output<typeof replaySchema>;

const namedKeys = z
  .object({ count: z.int(), keys: z.array(z.string()) })
  .meta({ id: 'PlanKeys', description: 'How many tasks, and the first 100 of their keys.' });

export const planVersionSchema = z
  .object({
    version: z.int(),
    seq: z.int().nullable().meta({ description: 'Row of the journal since which it is in force.' }),
    at: timeSchema.meta({ description: 'When it was made.' }),
    by: anyObject.nullable().meta({ description: 'Who had it made: the submitter, or the worker that planned anew.' }),
    reason: z.string().nullable().meta({ description: 'Why the one before it was not good enough.' }),
    tasks: z.int(),
    lineage: z
      .object({ kept: namedKeys, dropped: namedKeys, added: namedKeys, changed: namedKeys })
      .nullable()
      .meta({
        description:
          'Against the version before: results that it kept, tasks that it dropped, added, and wrote anew. Null for ' +
          'the first one. What is in none of them is unchanged and runs again.',
      }),
  })
  .meta({ id: 'PlanVersion' });

export type PlanVersionView = z.output<typeof planVersionSchema>;

export const planSchema = z
  .object({
    version: z.int(),
    plan: z
      .custom<Plan>(() => true)
      .meta({ type: 'object', additionalProperties: true, description: 'As it could be submitted.' }),
  })
  .meta({ id: 'StoredPlan' });

export type PlanView = z.output<typeof planSchema>;
