import type { z } from 'zod';

type Issue = z.core.$ZodIssue;

/** An issue whose path is not joined yet. */
export interface DescribedIssue {
  readonly path: readonly string[];
  readonly message: string;
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
  null: 'null',
};

const typeName = (expected: string): string => TYPE_NAMES[expected] ?? expected;
const quoted = (names: readonly unknown[]): string => names.map((name) => `\`${String(name)}\``).join(', ');

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  return typeName(Array.isArray(value) ? 'array' : typeof value);
}

/** The value at a path, own properties only. */
function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  let value = root;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}

/** Names of the fields that the JSON Schema of the input knows at a path. */
function knownFields(schema: unknown, path: readonly PropertyKey[]): string[] {
  const steps = path.flatMap((key) => (typeof key === 'number' ? ['items'] : ['properties', key]));
  const fields = valueAt(schema, [...steps, 'properties']);
  return typeof fields === 'object' && fields !== null ? Object.keys(fields) : [];
}

function unknownField(schema: unknown, path: readonly PropertyKey[]): string {
  const known = knownFields(schema, path);
  return known.length === 0 ? 'is not known here: remove it.' : `is not known here: use ${quoted(known)} or remove it.`;
}

const UNITS: Readonly<Record<string, string>> = { string: 'characters', array: 'entries', set: 'entries' };

function bound(origin: string, word: string, limit: unknown): string {
  const unit = UNITS[origin];
  return unit === undefined ? `must be ${word} ${String(limit)}.` : `must have ${word} ${String(limit)} ${unit}.`;
}

function messageOf(issue: Issue, value: unknown): string {
  switch (issue.code) {
    case 'invalid_type':
      return value === undefined
        ? `is required: ${typeName(issue.expected)}.`
        : `must be ${typeName(issue.expected)}, not ${typeOf(value)}.`;
    case 'invalid_value':
      return `must be one of ${quoted(issue.values)}.`;
    case 'too_small':
      return bound(issue.origin, issue.inclusive === false ? 'more than' : 'at least', issue.minimum);
    case 'too_big':
      return bound(issue.origin, issue.inclusive === false ? 'less than' : 'at most', issue.maximum);
    case 'invalid_union':
      return value === undefined ? 'is required.' : 'has none of the forms that are allowed here.';
    default:
      return issue.message;
  }
}

/**
 * One issue of zod in the words of this product: what is expected and what to do. `schema` is the JSON Schema of the
 * input, which knows the fields that exist. An issue about several unknown fields becomes one for each.
 */
export function describeIssue(issue: Issue, input: unknown, schema: unknown): DescribedIssue[] {
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    const message = unknownField(schema, issue.path);
    return issue.keys.map((key) => ({ path: [...path, key], message }));
  }
  return [{ path, message: messageOf(issue, valueAt(input, issue.path)) }];
}
