import { Ajv2020, type ErrorObject, MissingRefError, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import type { InputIssue, JsonObject } from '#libs/kernel';

const DIALECT = 'https://json-schema.org/draft/2020-12/schema';

/** Issues of one output that are worth telling; schemas with choices report one for each of them. */
const MAX_ISSUES = 20;

const OPTIONS = {
  // Keywords that nobody knows are allowed by the specification (JSON Schema core, section 6.5).
  strict: false,
  logger: false,
  // Otherwise `required: ["toString"]` would be met by every object.
  ownProperties: true,
  // Inlining copies what is referred to into every place: a short schema could become an endless one.
  inlineRefs: false,
} as const;

function toIssue({ instancePath, keyword, params, message }: ErrorObject): InputIssue {
  const path = instancePath
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  // These name a field that is not there, or should not be, beside the path of what should hold it.
  if (keyword === 'required') return issueAt([...path, params['missingProperty']], 'is required');
  if (keyword === 'additionalProperties') {
    return issueAt([...path, params['additionalProperty']], 'is not known here: remove it');
  }
  return issueAt(path, message ?? 'does not fit the schema');
}

function issueAt(path: readonly unknown[], message: string): InputIssue {
  return { path: path.map(String).join('.'), message: `${message}.` };
}

/** Holds schemas against the draft's own schema. It keeps nothing of them. */
export class Dialect {
  private readonly ajv = new Ajv2020(OPTIONS);
  // Compiled here, outside of the time that a user's schema has.
  private readonly validate = this.ajv.getSchema(DIALECT);

  issuesOf(schema: JsonObject | boolean): InputIssue[] {
    if (typeof schema === 'object' && schema['$schema'] !== undefined && schema['$schema'] !== DIALECT) {
      return [{ path: '$schema', message: `must be ${DIALECT}, or left out.` }];
    }
    if (typeof schema === 'object' && schema['$async'] !== undefined) {
      return [{ path: '$async', message: 'is not part of JSON Schema: remove it.' }];
    }
    if (this.validate === undefined) throw new TypeError('Ajv does not bring the schema of the draft');
    return issuesOf(this.validate, schema);
  }
}

/**
 * A user's schema as a function. Each has an Ajv of its own, so that nothing is left of it when it is let go, and no
 * schema can refer to another one's `$id`. Throws what Ajv throws; `compileIssue` puts that into words.
 */
export function compileSchema(schema: JsonObject | boolean): ValidateFunction {
  const ajv = new Ajv2020({ ...OPTIONS, meta: false, validateSchema: false });
  formats.default(ajv, { mode: 'full', keywords: false });
  return ajv.compile(schema);
}

export function compileIssue(error: unknown): InputIssue {
  if (error instanceof MissingRefError) {
    const message = `refers to \`${error.missingRef}\`, which is not in it. Nothing is fetched: use \`#/$defs/…\`.`;
    return { path: '', message };
  }
  if (error instanceof RangeError) return { path: '', message: 'is nested too deep: make it flatter.' };
  return { path: '', message: `cannot be compiled: ${error instanceof Error ? error.message : 'unknown error'}.` };
}

/** What is wrong with a value; empty when it fits. */
export function issuesOf(validate: ValidateFunction, value: unknown): InputIssue[] {
  return validate(value) ? [] : (validate.errors ?? []).slice(0, MAX_ISSUES).map(toIssue);
}
