import type { OpenAPIObject } from '@nestjs/swagger';
import { PROBLEM_MEDIA_TYPE, type RouteDeclaration } from '#libs/http';
import type { ErrorDefinition } from '#libs/kernel';
import { statusOf } from '../problem/status-of.js';

// The package does not export these by name.
export type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;
export type Response = Exclude<NonNullable<Operation['responses'][string]>, { $ref: string }>;

export type Definitions = ReadonlyMap<string, ErrorDefinition>;

const JSON_BODY = ['invalid_json', 'invalid_input', 'body_too_large', 'unsupported_media_type'];

/** Codes of the errors that an operation can answer: those it names, and those that follow from what it declares. */
export function errorCodesOf(operation: Operation, declaration: RouteDeclaration): string[] {
  const { access, rawUpload, idempotent, errorCodes = [] } = declaration;
  const parametersIn = (place: string): boolean =>
    (operation.parameters ?? []).some((parameter) => 'in' in parameter && parameter.in === place);
  const codes = [
    ...errorCodes,
    ...(access?.kind === 'requires' ? ['unauthenticated', 'tenant_mismatch'] : []),
    ...(access?.kind === 'requires' && access.permissions.length > 0 ? ['permission_denied'] : []),
    ...(operation.requestBody && !rawUpload ? JSON_BODY : []),
    ...(rawUpload ? ['body_too_large'] : []),
    ...(parametersIn('query') ? ['invalid_input'] : []),
    ...(parametersIn('path') ? ['not_found'] : []),
    ...(idempotent ? ['idempotency_conflict', 'idempotency_in_progress'] : []),
    'unavailable',
    'internal_error',
  ];
  return [...new Set(codes)];
}

/** One response for each status, with an example for each code. Throws for a code that no catalogue has. */
export function errorResponses(
  codes: readonly string[],
  definitions: Definitions,
  origin: string,
): Record<string, Response> {
  const byStatus = Map.groupBy(codes, (code) => statusOf(code) ?? 500);
  const statuses = [...byStatus.keys()].toSorted((a, b) => a - b);
  return Object.fromEntries(
    statuses.map((status) => [
      String(status),
      problemResponse(status, byStatus.get(status) ?? [], definitions, origin),
    ]),
  );
}

function problemResponse(status: number, codes: readonly string[], definitions: Definitions, origin: string): Response {
  const described = codes.map((code) => ({ code, definition: definitionOf(code, definitions) }));
  return {
    description: described.map(({ code, definition }) => `\`${code}\`: ${definition.title}.`).join('\n\n'),
    content: {
      [PROBLEM_MEDIA_TYPE]: {
        schema: { $ref: '#/components/schemas/Problem' },
        examples: Object.fromEntries(
          described.map(({ code, definition }) => [
            code,
            {
              summary: definition.title,
              value: { type: `${origin}/docs/errors#${code}`, ...exampleProblem(status, code, definition) },
            },
          ]),
        ),
      },
    },
  };
}

function definitionOf(code: string, definitions: Definitions): ErrorDefinition {
  const definition = definitions.get(code);
  if (!definition) throw new Error(`a route documents the error code ${code}, which no catalogue has`);
  return definition;
}

function exampleProblem(status: number, code: string, definition: ErrorDefinition): object {
  return {
    title: definition.title,
    status,
    detail: definition.cause,
    code,
    request_id: '0199e6f1-8a40-7c35-9b2e-4d5f60718293',
  };
}
