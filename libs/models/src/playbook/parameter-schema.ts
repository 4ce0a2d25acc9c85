import { type InputIssue, type JsonObject, type JsonValue, excerpt, isJsonObject } from '#libs/kernel';
import { FORMATS } from './ajv.js';

/** Parameters of a playbook. */
const MAX_PARAMETERS = 50;
/** Levels of objects and lists within a parameter. */
const MAX_DEPTH = 5;

const NAME = /^[a-z][a-z0-9_]{0,63}$/;
const TYPES = ['string', 'number', 'integer', 'boolean', 'object', 'array', 'null'];

type Test = (value: JsonValue) => boolean;
const isText: Test = (value) => typeof value === 'string';
const isNumber: Test = (value) => typeof value === 'number';
const isCount: Test = (value) => Number.isInteger(value) && (value as number) >= 0;
const isType: Test = (value) => typeof value === 'string' && TYPES.includes(value);

/**
 * The keywords that a parameter's schema may use, with what their value is. All of them look at a value once: no
 * regular expressions, references, choices or comparisons of entries, because this is checked on the server's thread.
 */
const PLAIN: Readonly<Record<string, readonly [test: Test, expected: string]>> = {
  title: [isText, 'a text'],
  description: [isText, 'a text'],
  type: [
    (value) => isType(value) || (Array.isArray(value) && value.length > 0 && value.every(isType)),
    `one of ${TYPES.join(', ')}, or a list of them`,
  ],
  default: [() => true, ''],
  const: [() => true, ''],
  examples: [(value) => Array.isArray(value), 'a list'],
  enum: [(value) => Array.isArray(value) && value.length > 0 && value.length <= 100, 'a list of up to 100 values'],
  minimum: [isNumber, 'a number'],
  maximum: [isNumber, 'a number'],
  exclusiveMinimum: [isNumber, 'a number'],
  exclusiveMaximum: [isNumber, 'a number'],
  multipleOf: [(value) => typeof value === 'number' && value > 0, 'a number above 0'],
  minLength: [isCount, 'a whole number'],
  maxLength: [isCount, 'a whole number'],
  minItems: [isCount, 'a whole number'],
  maxItems: [isCount, 'a whole number'],
  minProperties: [isCount, 'a whole number'],
  maxProperties: [isCount, 'a whole number'],
  required: [(value) => Array.isArray(value) && value.every(isText), 'a list of names'],
  format: [
    (value) => typeof value === 'string' && Object.hasOwn(FORMATS, value),
    `one of ${Object.keys(FORMATS).join(', ')}`,
  ],
};

/** What is wrong with the `parameters` of a playbook; the paths begin with `parameters`. */
export function parameterIssues(parameters: JsonObject): InputIssue[] {
  const issues: InputIssue[] = [];
  const names = isJsonObject(parameters['properties']) ? Object.keys(parameters['properties']) : [];
  if (parameters['type'] !== 'object') {
    issues.push({ path: 'parameters.type', message: 'must be `object`: parameters are given by name.' });
  }
  if (names.length > MAX_PARAMETERS) {
    issues.push({ path: 'parameters.properties', message: `A playbook has at most ${MAX_PARAMETERS} parameters.` });
  }
  for (const name of names.filter((each) => !NAME.test(each))) {
    const message = 'Names of parameters begin with a letter and have only `a-z`, `0-9` and `_`, up to 64.';
    issues.push({ path: `parameters.properties.${excerpt(name)}`, message });
  }
  collect(parameters, 'parameters', 0, issues);
  return issues;
}

function collect(schema: JsonValue, at: string, depth: number, issues: InputIssue[]): void {
  if (!isJsonObject(schema)) {
    issues.push({ path: at, message: 'must be a schema: an object with at least `type`.' });
    return;
  }
  if (depth > MAX_DEPTH) {
    issues.push({ path: at, message: `is nested deeper than ${MAX_DEPTH} levels: make it flatter.` });
    return;
  }
  if (schema['type'] === undefined) issues.push({ path: `${at}.type`, message: 'is required.' });
  for (const [keyword, value] of Object.entries(schema)) {
    keywordIssues(keyword, value, { at: `${at}.${excerpt(keyword)}`, depth }, issues);
  }
  issues.push(...unknownRequired(schema, at));
}

function keywordIssues(
  keyword: string,
  value: JsonValue,
  { at, depth }: { at: string; depth: number },
  issues: InputIssue[],
): void {
  const plain = Object.hasOwn(PLAIN, keyword) ? PLAIN[keyword] : undefined;
  if (plain !== undefined) {
    const [test, expected] = plain;
    if (!test(value)) issues.push({ path: at, message: `must be ${expected}.` });
  } else if (keyword === 'items') collect(value, at, depth + 1, issues);
  else if (keyword === 'properties' && isJsonObject(value)) {
    for (const [name, child] of Object.entries(value)) collect(child, `${at}.${excerpt(name)}`, depth + 1, issues);
  } else if (keyword !== 'additionalProperties' || typeof value !== 'boolean') {
    const known = [...Object.keys(PLAIN), 'properties', 'items', 'additionalProperties (true or false)'].join(', ');
    issues.push({ path: at, message: `cannot be used in a playbook. These keywords can: ${known}.` });
  }
}

function unknownRequired(schema: JsonObject, at: string): InputIssue[] {
  const { required, properties = {} } = schema;
  if (!Array.isArray(required) || !isJsonObject(properties)) return [];
  return required.flatMap((name: JsonValue, index) =>
    typeof name === 'string' && !Object.hasOwn(properties, name)
      ? [{ path: `${at}.required.${index}`, message: `There is no property \`${excerpt(name)}\`.` }]
      : [],
  );
}
