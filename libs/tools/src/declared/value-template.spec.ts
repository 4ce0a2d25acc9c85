import type { JsonObject, JsonValue } from '#libs/kernel';
import { describe, expect, it } from 'vitest';
import { argumentsOf } from './declaration.js';
import { ValueTemplates, parametersIn } from './value-template.js';

const fill = (value: JsonValue, given: JsonObject) => new ValueTemplates(argumentsOf(given)).fill(value);
const p = (name: string): JsonObject => ({ $param: name });

describe('a value with parameters', () => {
  it.each<[JsonValue, JsonObject, JsonValue | undefined]>([
    [p('a'), { a: { deep: [1] } }, { deep: [1] }],
    [
      { x: p('a'), y: [p('b'), 'c'] },
      { a: 1, b: null },
      { x: 1, y: [null, 'c'] },
    ],
    [{ x: p('a'), y: [p('a'), 'c'] }, {}, { y: ['c'] }],
    [p('a'), {}, undefined],
    ['$param', {}, '$param'],
    // Only an object of nothing else stands for an argument, and what an argument holds is not looked into.
    [{ $param: 'a', more: 1 }, { a: 1 }, { $param: 'a', more: 1 }],
    [{ x: p('a') }, { a: p('b'), b: 'secret' }, { x: p('b') }],
    [{ x: p('toString') }, {}, {}],
    [{ x: '{a}' }, { a: 1 }, { x: '{a}' }],
  ])('%j is filled in by %j [TOL-10]', (template, given, expected) => {
    expect(fill(template, given)).toEqual(expected);
  });

  it('does not swell without end [TOL-10]', () => {
    const template = Array.from({ length: 200 }, () => p('a'));
    expect(() => fill(template, { a: 'x'.repeat(10_000) })).toThrow(
      expect.objectContaining({ code: 'invalid_arguments' }),
    );
    expect(fill(template, { a: 'x'.repeat(1000) })).toHaveLength(200);
  });

  it('cannot reach a prototype [TOL-10]', () => {
    fill(JSON.parse('{"__proto__": {"polluted": 1}, "a": {"$param": "__proto__"}}') as JsonValue, {});
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  it('names its parameters with their places [TOL-10]', () => {
    expect(parametersIn({ x: p('a'), y: [p('b')] }, 'body')).toEqual([
      { name: 'a', at: 'body.x' },
      { name: 'b', at: 'body.y.0' },
    ]);
  });
});
