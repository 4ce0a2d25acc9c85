import { z } from 'zod';
import { timeSchema } from '#libs/http';
import { type JsonObject, isJsonObject } from '#libs/kernel';
import type { Playbook } from '#libs/models';
import { exampleYaml } from './playbook-example.js';

const MAX_NAME_LENGTH = 64;
const NAME = /^[a-z0-9]+(-[a-z0-9]+)*$/;

/** As a path parameter, anything else is a 404: no playbook has such a name. */
export const playbookName = z
  .string()
  .max(MAX_NAME_LENGTH)
  .regex(NAME)
  .meta({ description: 'The `name` of the playbook.', examples: ['csv-report'] });

export const getPlaybookQuery = z.strictObject({
  version: z
    .string()
    .regex(/^[1-9]\d{0,8}$/, 'Expected a whole number from 1')
    .transform(Number)
    .optional()
    .meta({ description: 'An earlier version; the newest by default.', examples: ['1'] }),
});

export const playbookBody = z
  .strictObject({
    source: z.string().min(1).meta({
      description: 'The playbook as YAML, up to 65,536 characters. docs/guides/add-a-playbook.md tells what it holds.',
    }),
  })
  .meta({ id: 'StorePlaybook', examples: [{ source: exampleYaml }] });

export type PlaybookBody = z.output<typeof playbookBody>;

const actorSchema = z.object({ kind: z.string(), id: z.string(), name: z.string() });

export const playbookSummarySchema = z
  .object({
    name: z.string(),
    source: z.enum(['built_in', 'tenant']).meta({ description: 'Whether it comes with the program or is your own.' }),
    version: z.int().meta({ description: 'Counted up by each change.' }),
    title: z.string(),
    description: z.string(),
    parameters: z
      .custom<JsonObject>(isJsonObject)
      .meta({ type: 'object', additionalProperties: true, description: 'JSON Schema of its parameters.' }),
    phrases: z.array(z.string()).meta({ description: 'By which a description asks for it; `{name}` is a parameter.' }),
    created_at: timeSchema.nullable(),
    updated_at: timeSchema.nullable().meta({ description: 'When this version was stored.' }),
    updated_by: actorSchema.nullable().meta({ description: 'Who stored this version; null for built-in ones.' }),
  })
  .meta({ id: 'PlaybookSummary' });

export type PlaybookSummary = z.output<typeof playbookSummarySchema>;

export const playbookSchema = playbookSummarySchema
  .extend({
    plan: z.custom<Playbook['plan']>(isJsonObject).meta({
      type: 'object',
      additionalProperties: true,
      description: 'As in a goal; `{"$param": "name"}` stands for a parameter.',
    }),
    yaml: z.string().meta({ description: 'The text as it was stored.' }),
  })
  .meta({ id: 'Playbook' });

export type PlaybookView = z.output<typeof playbookSchema>;
