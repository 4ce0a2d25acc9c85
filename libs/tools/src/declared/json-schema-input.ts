import { type InputIssue, type JsonObject, type JsonValue, isJsonObject } from '#libs/kernel';
import { type Prepared, prepareArguments } from '../arguments/placeholders.js';
import { type Checked, PROTO_KEY } from '../arguments/validate.js';
import type { SchemaChecker } from '../checks/schema-checker.js';
import type { InputContract } from '../contracts.js';

/** What of a schema says something about single arguments, and what those need to be understood. */
const PARTS = ['$schema', '$id', '$anchor', '$defs', 'definitions', 'type', 'required'] as const;

const NO_OBJECT: InputIssue = { path: '', message: 'must be an object.' };

/**
 * Arguments that are declared by a JSON Schema. At submission an argument in which a reference stands is not judged, nor
 * is a rule over several arguments while one of them is not known.
 */
export class JsonSchemaInput implements InputContract {
  constructor(
    readonly jsonSchema: JsonObject,
    private readonly schemas: SchemaChecker,
    private readonly patience: Patience,
  ) {}

  checkSubmitted(given: JsonValue): InputIssue[] {
    const prepared = prepareArguments(given);
    if (prepared.issues.length > 0) return [...prepared.issues];
    if (prepared.isUnknown([])) return [];
    const { value } = prepared;
    if (!isJsonObject(value)) return [NO_OBJECT];
    const issues = this.patience.spend(() =>
      prepared.holdsUnknown([]) ? this.checkKnown(value, prepared) : this.schemas.check(this.jsonSchema, value),
    );
    return issues.map(({ path, message }) => ({ path: written(prepared, path), message }));
  }

  checkResolved(given: JsonValue): Checked {
    const issues = isJsonObject(given) ? this.issuesOf(given) : [NO_OBJECT];
    return issues.length === 0 ? { ok: true, input: given } : { ok: false, issues, leavesWorkspace: false };
  }

  private issuesOf(given: JsonObject): InputIssue[] {
    return Object.hasOwn(given, '__proto__') ? [PROTO_KEY] : this.schemas.check(this.jsonSchema, given);
  }

  private checkKnown(value: JsonObject, prepared: Prepared): InputIssue[] {
    const schema = schemaOfKnown(this.jsonSchema, value, (name) => prepared.holdsUnknown([name]));
    // What is left of a schema may refer to what was left out: then all of it is judged when all is known.
    return this.schemas.validateSchema(schema).length === 0 ? this.schemas.check(schema, value) : [];
  }
}

function schemaOfKnown(schema: JsonObject, value: JsonObject, isUnknown: (name: string) => boolean): JsonObject {
  const parts = PARTS.flatMap((part): [string, JsonValue][] => {
    const kept = schema[part];
    return kept === undefined ? [] : [[part, kept]];
  });
  const declared = isJsonObject(schema['properties']) ? schema['properties'] : {};
  const isClosed = schema['additionalProperties'] === false && schema['patternProperties'] === undefined;
  const unknown = Object.keys(value).filter((name) => isUnknown(name) && (!isClosed || Object.hasOwn(declared, name)));
  const free = unknown.map((name): [string, JsonValue] => [name, true]);
  return Object.fromEntries<JsonValue>([
    ...parts,
    ['properties', Object.fromEntries<JsonValue>([...Object.entries(declared), ...free])],
    ...(isClosed ? [['additionalProperties', false] as const] : []),
  ]);
}

function written(prepared: Prepared, path: string): string {
  return prepared.asWritten(path === '' ? [] : path.split('.')).join('.');
}

/** Milliseconds for checks while the thread does nothing else, beyond the last one of them. */
const STRETCH_MS = 250;

/**
 * Time for the schemas of strangers. A plan has thousands of tasks and is checked in one go; a schema that takes long for
 * each of them must not stop everybody's work. What is left out is checked before it runs in any case.
 */
export class Patience {
  private spentMs = 0;

  /** What `check` finds; nothing once the time of this stretch is used up. */
  spend(check: () => InputIssue[]): InputIssue[] {
    if (this.spentMs >= STRETCH_MS) return [];
    if (this.spentMs === 0) setImmediate(() => (this.spentMs = 0));
    const start = performance.now();
    try {
      return check();
    } finally {
      this.spentMs += performance.now() - start;
    }
  }
}
