import type { InputIssue, JsonObject, JsonValue } from '#libs/kernel';
import { z } from 'zod';
import { type Checked, checkResolved, checkSubmitted } from './arguments/validate.js';

/** What a tool takes: how its arguments are documented, and how they are checked. */
export interface InputContract {
  /** JSON Schema (draft 2020-12) of the arguments. */
  readonly jsonSchema: JsonObject;
  /** What is wrong with arguments in which `$ref` may still stand; what those stand for is not judged. */
  checkSubmitted(given: JsonValue): InputIssue[];
  /** Arguments in which every reference is replaced: ready for the tool, or what is wrong with them. */
  checkResolved(given: JsonValue): Checked;
}

/** What a tool gives. */
export interface OutputContract {
  /** JSON Schema (draft 2020-12) of the output. */
  readonly jsonSchema: JsonObject;
  /** What is wrong with an output, for whoever looks after the tool; undefined when it fits. */
  faultOf(output: JsonValue): Error | undefined;
}

// JSON Schemas hold nothing but JSON; zod's type for them is wider. `z.custom` (how an output says "any JSON" without
// zod copying it) has no form of its own there: it is whatever its `.meta()` says.
const jsonSchemaOf = (schema: z.ZodType, io: 'input' | 'output'): JsonObject =>
  z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as JsonObject;

/** Arguments that are declared by zod, as those of all tools in this library are. */
export function inputOf(schema: z.ZodObject): InputContract {
  const jsonSchema = jsonSchemaOf(schema, 'input');
  const input = { schema, jsonSchema };
  return {
    jsonSchema,
    checkSubmitted: (given) => checkSubmitted(input, given),
    checkResolved: (given) => checkResolved(input, given),
  };
}

/** The same for an output. */
export function outputOf(schema: z.ZodType<JsonValue>): OutputContract {
  return { jsonSchema: jsonSchemaOf(schema, 'output'), faultOf: (output) => schema.safeParse(output).error };
}
