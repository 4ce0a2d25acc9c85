import { z } from 'zod';

/** What @nestjs/swagger takes from a converter of schemas. */
interface Converted {
  readonly schema: unknown;
  readonly components: Record<string, object>;
}

type Direction = 'input' | 'output';

/**
 * A zod schema as JSON Schema 2020-12, which OpenAPI 3.1 speaks. A schema with `.meta({ id })` becomes a component
 * of that name, also at the top; a query must not have one, since its fields become parameters.
 */
export function convertSchema(schema: unknown, options: { schemaType: Direction }): Converted | undefined {
  if (!(schema instanceof z.ZodType)) return undefined;
  const {
    $defs = {},
    $schema: _dialect,
    ...root
  } = z.toJSONSchema(schema, {
    target: 'draft-2020-12',
    io: options.schemaType,
    // What JSON Schema cannot say (a transformation's outcome) is described by what comes before it.
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      simplify(jsonSchema, options.schemaType);
      keepExamples(zodSchema, jsonSchema);
    },
  });
  const components = Object.fromEntries(
    Object.entries({ ...$defs, ...(root.id === undefined ? {} : { [root.id]: root }) }).map(([name, definition]) => [
      name,
      withoutId(definition),
    ]),
  );
  return { components, schema: root.id === undefined ? root : { $ref: `#/components/schemas/${root.id}` } };
}

function withoutId({ id: _id, ...rest }: { id?: string | undefined }): object {
  return rest;
}

// Answers may get new fields at any time, so they are not declared closed.
function simplify(schema: z.core.JSONSchema.BaseSchema, direction: Direction): void {
  if (direction === 'output' && schema.additionalProperties === false) delete schema.additionalProperties;
}

// zod drops the examples of an input that it transforms, taking them for examples of the outcome. Ours are what is sent.
function keepExamples(schema: z.core.$ZodType, into: z.core.JSONSchema.BaseSchema): void {
  const examples = z.globalRegistry.get(schema)?.examples;
  if (Array.isArray(examples)) into.examples ??= examples;
}
