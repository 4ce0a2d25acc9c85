import { z } from 'zod';
import { idSchema, timeSchema } from '#libs/http';
import type { JsonValue } from '#libs/kernel';
import { TASK_STATES } from '#libs/orchestration';

const anyJson = z.custom<JsonValue>(() => true).meta({});

export const taskSchema = z
  .object({
    id: idSchema('task'),
    key: z.string().meta({ description: 'The id of the task in the plan.' }),
    state: z.enum(TASK_STATES),
    tool: z.string(),
    depends_on: z.array(z.string()),
    attempts: z.int(),
    output: anyJson.nullable(),
    error: z.object({ code: z.string(), detail: z.string() }).nullable(),
    approval_id: idSchema('appr').nullable().meta({ description: 'The approval that it waits for, or was given.' }),
    worker_id: idSchema('wrk').nullable(),
    started_at: timeSchema.nullable(),
    finished_at: timeSchema.nullable(),
  })
  .meta({ id: 'Task' });

export type TaskView = z.output<typeof taskSchema>;

export const artifactSchema = z
  .object({
    id: idSchema('art'),
    task_id: idSchema('task'),
    path: z.string(),
    size: z.int(),
    sha256: z.string(),
    media_type: z.string(),
    created_at: timeSchema,
  })
  .meta({ id: 'Artifact' });

export type ArtifactView = z.output<typeof artifactSchema>;
