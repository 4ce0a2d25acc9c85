import { z } from 'zod';
import { TestClient } from '#libs/testing';

const document = z.object({
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z.object({
        security: z.array(z.unknown()).optional(),
        'x-required-permissions': z.array(z.string()).optional(),
        responses: z.record(z.string(), z.object({ content: z.record(z.string(), z.unknown()).optional() })),
      }),
    ),
  ),
});

/** A route as /openapi.json documents it. */
export interface Operation {
  readonly method: string;
  /** With its parameters in braces. */
  readonly path: string;
  /** Names of the parameters in the path that are ids. */
  readonly parameters: readonly string[];
  readonly isPublic: boolean;
  readonly permissions: readonly string[];
  /** Whether it answers with a stream of events, which may have no end. */
  readonly isStream: boolean;
}

/** Parameters that count something of what another one names: no ids, but the same numbers everywhere. */
const COUNTED: Readonly<Record<string, string>> = { version: '1' };

/** Every route of the running program. */
export async function operationsOf(url: string): Promise<Operation[]> {
  const { body } = await new TestClient(url).get<unknown>('/openapi.json');
  return Object.entries(document.parse(body).paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      parameters: [...path.matchAll(/\{([^}]+)\}/g)].flatMap(([, name = '']) => (name in COUNTED ? [] : [name])),
      isPublic: (operation.security ?? []).length === 0,
      permissions: operation['x-required-permissions'] ?? [],
      isStream: Object.values(operation.responses).some(({ content = {} }) => 'text/event-stream' in content),
    })),
  );
}

/** The path with its parameters filled in; throws for one that has no value. */
export function fill(path: string, values: Readonly<Record<string, string>>): string {
  return path.replaceAll(/\{([^}]+)\}/g, (_, name: string) => {
    const value = values[name] ?? COUNTED[name];
    if (value === undefined) throw new Error(`no id is known for {${name}} of ${path}: add one to this test`);
    return value;
  });
}
