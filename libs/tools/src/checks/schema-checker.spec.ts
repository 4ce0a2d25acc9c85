import type { JsonValue } from '#libs/kernel';
import { describe, expect, it } from 'vitest';
import { SchemaChecker } from './schema-checker.js';

const checker = new SchemaChecker({ timeLimit: 500 });
const nested = (depth: number): JsonValue =>
  JSON.parse(`${'{"not":'.repeat(depth)}{}${'}'.repeat(depth)}`) as JsonValue;

const CATASTROPHE = '^(a+)+$';

describe('a declared schema', () => {
  it.each([
    true,
    {},
    { type: 'object', properties: { rows: { type: 'integer', minimum: 1 } }, required: ['rows'] },
    { $schema: 'https://json-schema.org/draft/2020-12/schema', $defs: { a: { type: 'string' } }, $ref: '#/$defs/a' },
    { prefixItems: [{ type: 'string' }], items: false, unevaluatedItems: false },
    { 'x-our-own': 1, format: 'unheard-of' },
  ])('is accepted: %j [ORC-9]', (schema) => {
    expect(checker.validateSchema(schema)).toEqual([]);
  });

  it.each([
    ['text', '', 'must be a JSON Schema'],
    [[], '', 'must be a JSON Schema'],
    [{ type: 'strin' }, 'type', 'must be equal to one of'],
    [{ properties: { a: { minimum: 'x' } } }, 'properties.a.minimum', 'must be number'],
    [{ pattern: '(' }, '', 'cannot be compiled'],
    [{ $ref: 'https://example.com/schema.json' }, '', 'Nothing is fetched'],
    [{ $ref: '#/$defs/missing' }, '', 'Nothing is fetched'],
    [
      { $schema: 'http://json-schema.org/draft-07/schema#' },
      '$schema',
      'must be https://json-schema.org/draft/2020-12',
    ],
    [{ $async: true }, '$async', 'not part of JSON Schema'],
    [{ enum: ['x'.repeat(70_000)] }, '', '65536 characters'],
  ])('is refused: %j [ORC-9]', (schema, path, message) => {
    const issues = checker.validateSchema(schema);
    expect(issues.map((issue) => issue.path)).toContain(path);
    expect(issues.map((issue) => issue.message).join()).toContain(message);
  });

  it('is refused when it is nested without end [ORC-9]', () => {
    expect(checker.validateSchema(nested(50_000))[0]?.message).toContain('too deep');
    expect(checker.validateSchema(nested(6000))).toHaveLength(1);
  });

  it('does not become known to another one by its $id [ORC-9]', () => {
    expect(checker.validateSchema({ $id: 'https://village.test/a', type: 'string' })).toEqual([]);
    expect(checker.validateSchema({ $id: 'https://village.test/a', type: 'number' })).toEqual([]);
    expect(checker.validateSchema({ $ref: 'https://village.test/a' })).toHaveLength(1);
  });
});

describe('a check', () => {
  it('names what does not fit and where [ORC-9]', () => {
    const schema = { properties: { 'a/b': { items: { type: 'number' } } }, required: ['c'] };
    expect(checker.check(schema, { 'a/b': [1, 2], c: 0 })).toEqual([]);
    expect(checker.check(schema, { 'a/b': [1, 'x'], c: 0 })).toEqual([{ path: 'a/b.1', message: 'must be number.' }]);
    expect(checker.check(schema, {})).toEqual([{ path: 'c', message: 'is required.' }]);
  });

  it('does not take what every object inherits for a property [ORC-9]', () => {
    expect(checker.check({ required: ['toString'] }, {})).toHaveLength(1);
  });

  it('knows the usual formats and leaves data alone that looks like a reference [ORC-9]', () => {
    expect(checker.check({ format: 'date' }, '2026-02-30')).toHaveLength(1);
    expect(checker.check({ format: 'email' }, 'a@acme.test')).toEqual([]);
    expect(checker.check({ properties: { b: { const: { $data: '1/a' } } } }, { a: 1, b: 1 })).toHaveLength(1);
  });

  it.each([
    ['a pattern', { pattern: CATASTROPHE }, `${'a'.repeat(60)}b`],
    ['a pattern over names', { patternProperties: { [CATASTROPHE]: true } }, { [`${'a'.repeat(60)}b`]: 1 }],
    [
      'choices of choices',
      {
        $defs: { a: { items: { anyOf: [{ $ref: '#/$defs/a' }, { $ref: '#/$defs/a' }] }, not: { type: 'null' } } },
        $ref: '#/$defs/a',
      },
      JSON.parse(`${'['.repeat(60)}null${']'.repeat(60)}`) as never,
    ],
    ['unique entries', { uniqueItems: true }, Array.from({ length: 60_000 }, (_, index) => ({ index }))],
  ])('of %s that would take for ever is stopped, and the next one works [ORC-9]', (_, schema, output) => {
    expect(checker.check(schema, output)[0]?.message).toContain('within 500 ms');
    expect(checker.check({ type: 'string' }, 'fine')).toEqual([]);
  });

  it('that goes round in circles ends [ORC-9]', () => {
    expect(checker.check({ $ref: '#' }, 1)[0]?.message).toContain('circles');
  });

  it('fails by the schema when that is the trouble [ORC-9]', () => {
    expect(checker.check({ type: 'strin' }, 1)[0]?.message).toContain('The schema must be');
  });

  it('works with more schemas than are kept [ORC-9]', () => {
    const small = new SchemaChecker({ timeLimit: 500, cacheSize: 2 });
    for (const round of [0, 1]) {
      for (let size = 0; size < 5; size++) {
        expect(small.check({ maxLength: size }, 'x'.repeat(size + round)), `${round} ${size}`).toHaveLength(round);
      }
    }
  });
});
