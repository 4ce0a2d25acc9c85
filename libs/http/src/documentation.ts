import { HttpCode, applyDecorators } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';
import type { z } from 'zod';
import { declareRoute } from './route-declaration.js';

export interface AnswerOptions {
  readonly description: string;
  readonly example?: unknown;
  /** Answer headers worth knowing, by name: what they hold. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Media type, where it is not JSON. */
  readonly mediaType?: string;
}

/** The answer of a route that succeeds. The one decorator sets the status and documents it. */
export function Answers(status: number, schema: z.ZodType | undefined, options: AnswerOptions): MethodDecorator {
  const headers = Object.fromEntries(
    Object.entries(options.headers ?? {}).map(([name, description]) => [
      name,
      { description, schema: { type: 'string' as const } },
    ]),
  );
  const { description, example, mediaType } = options;
  return applyDecorators(
    HttpCode(status),
    mediaType
      ? ApiResponse({
          status,
          description,
          headers,
          content: { [mediaType]: { schema: { type: 'string' }, ...(example === undefined ? {} : { example }) } },
        })
      : ApiResponse({
          status,
          description,
          headers,
          ...(schema ? { standardSchema: schema } : {}),
          ...(example === undefined ? {} : { example }),
        }),
  );
}

/**
 * Codes of the errors that are particular to this route. What follows from its other declarations (authentication,
 * permissions, the body, idempotency) is documented without being named.
 */
export function ApiErrors(...codes: string[]): MethodDecorator {
  return declareRoute({ errorCodes: codes });
}
