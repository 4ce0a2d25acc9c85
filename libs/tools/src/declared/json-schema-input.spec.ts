import type { JsonObject, JsonValue } from '#libs/kernel';
import { describe, expect, it } from 'vitest';
import { SchemaChecker } from '../checks/schema-checker.js';
import { JsonSchemaInput, Patience } from './json-schema-input.js';

const SCHEMA: JsonObject = {
  type: 'object',
  properties: {
    city: { type: 'string', minLength: 2 },
    days: { $ref: '#/$defs/days' },
    places: { type: 'array', items: { type: 'object', required: ['name'] } },
  },
  required: ['city'],
  additionalProperties: false,
  $defs: { days: { type: 'integer', maximum: 14 } },
  // A rule over several arguments.
  not: { required: ['days', 'places'] },
};

const inputOf = (schema: JsonObject): JsonSchemaInput =>
  new JsonSchemaInput(schema, new SchemaChecker(), new Patience());
const input = inputOf(SCHEMA);
const submitted = (value: JsonValue, by = input): string[] =>
  by.checkSubmitted(value).map(({ path, message }) => `${path}: ${message}`);
const ref = { $ref: 'load.output' };

describe('arguments that are declared by a JSON Schema', () => {
  it.each<[JsonValue, string[]]>([
    [{ city: 'Bern' }, []],
    [{}, ['city: is required.']],
    [{ city: 'Bern', more: 1 }, ['more: is not known here: remove it.']],
    [{ city: 5 }, ['city: must be string.']],
    [{ city: 'Bern', days: 15 }, ['days: must be <= 14.']],
    [{ city: 'Bern', places: [{}] }, ['places.0.name: is required.']],
    [{ city: 'Bern', days: 1, places: [] }, [': must NOT be valid.']],
    ['text', [': must be an object.']],
    [['city'], [': must be an object.']],
  ])('are judged whole where all is known: %j [TOL-10, TOL-5]', (value, issues) => {
    expect(submitted(value)).toEqual(issues);
    const checked = input.checkResolved(value);
    const found = checked.ok ? [] : checked.issues.map(({ path, message }) => `${path}: ${message}`);
    expect(found).toEqual(issues);
  });

  it.each<[JsonValue, string[]]>([
    [ref, []],
    [{ city: ref }, []],
    [{ city: 'Bern', places: [ref] }, []],
    [{ city: 'Bern', places: ref, days: 1 }, []],
    [{ days: ref }, ['city: is required.']],
    [{ city: ref, days: 15 }, ['days: must be <= 14.']],
    [{ city: 5, days: ref }, ['city: must be string.']],
    [{ city: ref, more: 1 }, ['more: is not known here: remove it.']],
    [{ city: 'Bern', more: ref }, ['more: is not known here: remove it.']],
    [{ city: { $literal: 'B' }, days: ref }, ['city.$literal: must NOT have fewer than 2 characters.']],
    [
      { city: { $ref: 5 } },
      ['city.$ref: must be text such as `load.output`; wrap it in `$literal` if it is meant as it is.'],
    ],
  ])('are judged at submission as far as they are known: %j [TOL-10, TOL-5]', (value, issues) => {
    expect(submitted(value)).toEqual(issues);
  });

  it('take further arguments where the schema does, known or not [TOL-10]', () => {
    const open = inputOf({
      type: 'object',
      properties: { a: { type: 'string' } },
      additionalProperties: { type: 'number' },
    });
    expect(submitted({ a: 'x', b: ref }, open)).toEqual([]);
    expect(submitted({ b: 'x' }, open)).toEqual(['b: must be number.']);
    const patterns = inputOf({ type: 'object', patternProperties: { '^x': {} }, additionalProperties: false });
    expect(submitted({ x1: ref }, patterns)).toEqual([]);
    expect(submitted({ y: 1 }, patterns)).toEqual(['y: is not known here: remove it.']);
  });

  it('are left for later where what is known cannot be judged alone [TOL-10]', () => {
    const tangled = inputOf({
      type: 'object',
      properties: { a: { $ref: '#/allOf/0' } },
      allOf: [{ minProperties: 0 }],
    });
    expect(submitted({ a: ref, b: 1 }, tangled)).toEqual([]);
  });

  it('cannot reach a prototype [TOL-10]', () => {
    const hostile = JSON.parse('{"city": "Bern", "__proto__": {"x": 1}}') as JsonValue;
    expect(submitted(hostile).join()).toContain('__proto__');
    expect(input.checkResolved(hostile)).toMatchObject({ ok: false, issues: [{ path: '__proto__' }] });
  });

  it('do not stop the thread for long, however many a plan holds and however slow the schema is [TOL-10]', () => {
    const slow = inputOf({ type: 'object', properties: { a: { type: 'string', pattern: '^(a+)+$' } } });
    const value = { a: `${'a'.repeat(40)}!` };
    const found = Array.from({ length: 1000 }, () => submitted(value, slow).length);
    // The first ones use up the time of this stretch; the rest is judged before it runs.
    expect(found[0]).toBe(1);
    expect(found.filter((issues) => issues > 0).length).toBeLessThan(5);
    expect(slow.checkResolved(value)).toMatchObject({ ok: false });
  });

  it('are judged again once the thread has been free [TOL-10]', async () => {
    const slow = inputOf({ type: 'object', properties: { a: { type: 'string', pattern: '^(a+)+$' } } });
    const value = { a: `${'a'.repeat(40)}!` };
    while (submitted(value, slow).length > 0);
    await new Promise((resolve) => setImmediate(resolve));
    expect(submitted(value, slow)).toHaveLength(1);
  });
});
