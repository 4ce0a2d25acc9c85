import { expect, it } from 'vitest';
import { isTame } from './tame.js';

const tame = (schema: object | boolean): boolean => isTame(schema as never, JSON.stringify(schema));

it.each([
  true,
  { type: 'object', required: ['rows'], properties: { rows: { type: 'integer', minimum: 1 } } },
  { items: { properties: { pattern: { const: 'a name, not a keyword' } }, additionalProperties: false } },
])('spares %j the watchdog [ORC-9]', (schema) => {
  expect(tame(schema)).toBe(true);
});

it.each([
  { pattern: 'a' },
  { format: 'email' },
  { uniqueItems: true },
  { $ref: '#' },
  { anyOf: [{}] },
  { properties: { a: { items: { patternProperties: {} } } } },
  { items: { not: {} } },
  { unheardOf: 1 },
  { enum: Array.from({ length: 1000 }, (_, index) => index) },
])('watches %j [ORC-9]', (schema) => {
  expect(tame(schema)).toBe(false);
});
