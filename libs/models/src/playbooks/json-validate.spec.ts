import { Ajv2020 } from 'ajv/dist/2020.js';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '#libs/kernel';
import { runCode } from '../conformance/quickjs.js';
import { type Ran, builtin, runPlaybook, written } from '../conformance/run-plan.js';

interface Validation {
  readonly valid: boolean;
  readonly count: number;
  readonly errors: readonly { readonly path: string; readonly keyword: string; readonly message: string }[];
  readonly ignored_keywords: readonly string[];
}

const run = (value: JsonValue, schema: JsonValue, parameters: JsonObject = {}): Promise<Ran> =>
  runPlaybook(
    'json-validate',
    { file: 'a.json', schema_file: 's.json', ...parameters },
    { files: { 'a.json': JSON.stringify(value), 's.json': JSON.stringify(schema) } },
  );
const validate = async (value: JsonValue, schema: JsonValue): Promise<Validation> =>
  written(await run(value, schema), 'validation.json') as Validation;

const ORDER = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  required: ['id', 'lines'],
  additionalProperties: false,
  properties: {
    id: { type: 'string', pattern: '^o-\\d+$' },
    lines: { type: 'array', minItems: 1, items: { $ref: '#/$defs/line' } },
    'a/b': { type: 'null' },
  },
  $defs: { line: { type: 'object', required: ['sku'], properties: { n: { type: 'integer', minimum: 1 } } } },
};

/** Schemas and values that meet each other in every way. */
const SCHEMAS: readonly JsonValue[] = [
  true,
  false,
  {},
  ORDER,
  { type: ['integer', 'null'] },
  { enum: [1, 'a', null, { a: [1] }] },
  { const: { a: 1, b: 2 } },
  { multipleOf: 0.01 },
  { minimum: 1, exclusiveMaximum: 3 },
  { minLength: 2, maxLength: 3 },
  { pattern: '^[a-c]+$' },
  { prefixItems: [{ type: 'integer' }], items: { type: 'string' } },
  { items: false },
  { contains: { type: 'integer' }, minContains: 0, maxContains: 1 },
  { contains: { const: 'a' } },
  { uniqueItems: true, maxItems: 3 },
  {
    properties: { a: { type: 'integer' } },
    patternProperties: { '^b': { type: 'string' } },
    additionalProperties: { type: 'null' },
  },
  { propertyNames: { maxLength: 1 }, minProperties: 1, maxProperties: 2 },
  { required: ['a', 'toString'] },
  { dependentRequired: { a: ['b'] } },
  { dependentSchemas: { a: { required: ['c'] } } },
  { allOf: [{ required: ['a'] }, { type: 'object' }] },
  { anyOf: [{ type: 'string' }, { minimum: 2 }] },
  { oneOf: [{ type: 'integer' }, { minimum: 2 }] },
  { not: { type: 'array' } },
  JSON.parse('{"if": {"type": "object"}, "then": {"required": ["b"]}, "else": {"type": "string"}}') as JsonValue,
  { $ref: '#/$defs/t', $defs: { t: { type: ['array', 'null'], items: { $ref: '#/$defs/t' } } } },
  { $ref: '#x', $defs: { y: { $anchor: 'x', type: 'string' } } },
  { type: 'object', properties: { a: { $ref: '#/properties/b' }, b: { type: 'integer' } } },
];
const value = fc.oneof(
  fc.constantFrom<JsonValue>(0, 1, 2, 2.5, 0.07, -1, 1e30, '', 'a', 'abc', '\u{1f600}\u{1f600}', null, true, [], {}),
  fc.dictionary(
    fc.constantFrom('a', 'b', 'c', 'bb', 'id', 'lines'),
    fc.constantFrom<JsonValue>(1, 'x', null, [], 'o-1', [{ sku: 1, n: 0 }]),
  ),
  fc.array(fc.constantFrom<JsonValue>(1, 1.5, 'a', null, [], [[]], { a: 1, b: 2 }, { b: 2, a: 1 }), { maxLength: 5 }),
);

describe('json-validate', () => {
  it('agrees with another validator on what is valid [ORC-15]', async () => {
    const ajv = new Ajv2020({ strict: false, ownProperties: true, multipleOfPrecision: 9 });
    const values = fc.sample(value, { numRuns: 250, seed: 17 });
    const code = builtin('json-validate').plan.tasks[0]?.arguments?.['code'] as string;
    const validator = code.slice(0, code.indexOf('function schemaOf'));
    const verdicts = `${validator}
      input.schemas.map((schema) => input.values.map((value) => {
        const one = new Validator(schema);
        one.run(value);
        return one.count === 0;
      }))`;
    const found = await runCode(verdicts, { schemas: SCHEMAS, values });
    for (const [index, schema] of SCHEMAS.entries()) {
      const check = ajv.compile(schema as object);
      const expected = values.map((each) => check(each));
      const own = (found as boolean[][])[index]!;
      const differing = values.find((_, at) => own[at] !== expected[at]);
      expect(differing, JSON.stringify(schema)).toBeUndefined();
    }
  });

  it('lists every error with its path as a JSON Pointer [ORC-15]', async () => {
    const wrong = { id: 7, lines: [{ sku: 'x', n: 0 }, { n: 1.5 }], 'a/b': 1, more: true };
    const { valid, count, errors } = await validate(wrong, ORDER);
    expect({ valid, count }).toEqual({ valid: false, count: 6 });
    expect(errors.map(({ path, keyword }) => `${path} ${keyword}`).toSorted()).toEqual([
      '/a~1b type',
      '/id type',
      '/lines/0/n minimum',
      '/lines/1/n type',
      '/lines/1/sku required',
      '/more additionalProperties',
    ]);
    const { written: files } = await run(wrong, ORDER);
    expect(files['validation.md']).toContain('Not valid: 6 errors.');
    expect(files['validation.md']).toContain('| /lines/0/n | minimum | must be at least 1. |');
    expect((await run({ id: 'o-1', lines: [{ sku: 'x' }] }, ORDER)).written['validation.md']).toContain(
      'Valid: nothing is wrong.',
    );
  });

  it('takes the schema itself, in which nothing is read as a reference to a task [ORC-15]', async () => {
    const files = { 'a.json': '["x"]' };
    const schema = { items: { $ref: '#/$defs/n' }, $defs: { n: { type: 'integer' } } };
    const ran = await runPlaybook('json-validate', { file: 'a.json', schema }, { files });
    expect((written(ran, 'validation.json') as Validation).errors).toEqual([
      { path: '/0', keyword: 'type', message: 'must be integer, not string.' },
    ]);
  });

  it.each([
    [{ unevaluatedProperties: false }, '`unevaluatedProperties`, which this playbook does not evaluate'],
    [{ items: { $dynamicRef: '#a' } }, 'at "/items" uses `$dynamicRef`'],
    [{ $schema: 'http://json-schema.org/draft-07/schema#' }, 'only 2020-12 is evaluated'],
    [{ $ref: 'https://example.com/x.json' }, 'nothing is fetched'],
    [{ $ref: '#/$defs/none' }, 'leads nowhere'],
    [{ $ref: '#' }, 'goes round in a circle'],
    [[], 'neither an object nor true or false'],
    [{ anyOf: {} }, '`anyOf` is a list of schemas'],
    [{ type: 'strin' }, '`type` is one of null, boolean, object'],
    [{ properties: { a: { type: [] } } }, 'at "/properties/a" is no valid schema: `type`'],
    [{ required: 'a' }, '`required` is a list of texts, each once, and not "a"'],
    [{ minLength: -1 }, '`minLength` is a whole number'],
    [{ minimum: '1' }, '`minimum` is a number'],
    [{ patternProperties: { '(': {} } }, 'is no regular expression'],
  ])('refuses a schema that it would not do justice to: %j [ORC-15]', async (schema, message) => {
    await expect(run({ a: 1 }, schema)).rejects.toThrow(message);
  });

  it('says what is no JSON, and names keywords that mean nothing [ORC-15]', async () => {
    const files = { 'a.json': '{"a": 1,}', 's.json': '{}' };
    const given = { file: 'a.json', schema_file: 's.json' };
    await expect(runPlaybook('json-validate', given, { files })).rejects.toThrow('"a.json" is not valid JSON');
    await expect(runPlaybook('json-validate', { file: 'a.json' }, { files })).rejects.toThrow('There is no schema');
    const two = { ...given, schema: { type: 'object' } };
    await expect(runPlaybook('json-validate', two, { files })).rejects.toThrow('There are two schemas');
    expect((await validate(1, { maximun: 0 })).ignored_keywords).toEqual(['maximun']);
  });
});
