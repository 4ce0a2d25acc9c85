import { z } from 'zod';

/** Media type of every error answer (RFC 9457, section 3). */
export const PROBLEM_MEDIA_TYPE = 'application/problem+json';

/** An error as it is answered: RFC 9457 with `code`, `request_id` and, for bad input, `errors`. */
export const problemSchema = z
  .looseObject({
    type: z.url().meta({ description: 'Link to the page that explains the code: its cause and the remedy.' }),
    title: z.string().meta({ description: 'Short name of the error, the same for every occurrence.' }),
    status: z.int().min(400).max(599).meta({ description: 'The HTTP status of this answer.' }),
    detail: z.string().meta({ description: 'What is wrong this time, and what to do about it.' }),
    code: z.string().meta({ description: 'Stable name of the error, for programs.' }),
    request_id: z.string().meta({ description: 'Names this request in the log; also in `X-Request-ID`.' }),
    errors: z
      .array(
        z.object({
          path: z
            .string()
            .meta({ description: 'Where: `plan.tasks.2.tool`, `$query.limit`, `$header.Idempotency-Key`.' }),
          message: z.string().meta({ description: 'What is expected there.' }),
        }),
      )
      .optional()
      .meta({ description: 'For bad input: each thing that is wrong.' }),
  })
  .meta({ id: 'Problem', description: 'An error (RFC 9457). Some codes add members of their own.' });

export type Problem = z.output<typeof problemSchema>;
