import { z } from 'zod';
import { type JsonObject, isJsonObject } from '#libs/kernel';
import { contextSchema } from '../goals.schemas.js';

const anyObject = z
  .custom<JsonObject>(isJsonObject, 'Expected an object')
  .meta({ type: 'object', additionalProperties: true });

export const forkBody = z
  .strictObject({
    from_seq: z
      .int()
      // What is no row is refused with the numbers of those that there are, which only the journal tells.
      .meta({
        description: 'The new goal begins as the old one stood after this row of its journal.',
        minimum: 1,
        examples: [9],
      }),
    description: z.string().min(1).max(20_000).optional().meta({ description: 'By default that of the old goal.' }),
    context: contextSchema.optional().meta({ description: 'By default that of the old goal.' }),
    deadline: z.iso
      .datetime({ offset: true, message: 'Expected a time like 2026-12-01T00:00:00.000Z' })
      .optional()
      .meta({ description: 'By default that of the old goal, unless it has passed.' }),
    tasks: z
      .record(z.string(), z.strictObject({ arguments: anyObject }))
      .default({})
      .meta({
        description: 'Arguments to use instead, by the ids of tasks in the plan that was in force then.',
        examples: [{ load: { arguments: { path: 'march.csv' } } }],
      }),
    start: z.boolean().default(true).meta({ description: 'false: waits at RECEIVED until `execute`.' }),
  })
  .meta({
    id: 'ForkGoal',
    examples: [{ from_seq: 9, tasks: { load: { arguments: { path: 'march.csv' } } } }],
  });

export type ForkBody = z.output<typeof forkBody>;
