import { array, assert, nat, property, tuple } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { catalogueOf } from '../conformance/kit.js';
import { downstream, findCycle, graphOf, isParallel } from './graph.js';
import type { Plan } from './plan.js';
import { findReferences, resolveReferences } from './references.js';
import { validatePlan } from './validate.js';

const tools = catalogueOf({ echo: { run: () => Promise.reject(new Error('not run')) } });
const rules = { tools, checker: { validate: () => [], check: () => [] } };

function planOf(edges: Readonly<Record<string, readonly string[]>>): Plan {
  return { tasks: Object.entries(edges).map(([id, depends_on]) => ({ id, tool: 'echo', depends_on })) };
}

function issues(plan: Plan): string[] {
  return validatePlan(plan, rules).map(({ path, message }) => `${path}: ${message}`);
}

describe('the check of a plan', () => {
  it('accepts a graph and refuses a cyclic plan, naming the circle [ORC-5]', () => {
    expect(issues(planOf({ a: [], b: ['a'], c: ['a', 'b'] }))).toEqual([]);
    expect(issues(planOf({ a: [], b: ['a', 'd'], c: ['b'], d: ['c'] }))).toEqual([
      expect.stringMatching(/^plan\.tasks\.\d: .*(b → d → c → b|c → b → d → c|d → c → b → d)/),
    ]);
    expect(issues(planOf({ a: ['a'] }))).toEqual([expect.stringContaining('a → a')]);
  });

  it('sees a circle that closes through a $ref [ORC-5]', () => {
    const plan: Plan = {
      tasks: [
        { id: 'a', tool: 'echo', arguments: { deep: [{ x: { $ref: 'b.output.n' } }] } },
        { id: 'b', tool: 'echo', depends_on: ['a'] },
      ],
    };
    expect(issues(plan)).toEqual([expect.stringMatching(/a → b → a|b → a → b/)]);
  });

  it('names what does not exist, and what is there twice [ORC-5]', () => {
    const plan: Plan = {
      tasks: [
        { id: 'a', tool: 'echo', depends_on: ['x'], arguments: { v: { $ref: 'y.output' } } },
        { id: 'a', tool: 'ecko' },
        { id: 'not ok', tool: 'echo' },
      ],
    };
    expect(issues(plan)).toEqual([
      expect.stringContaining('plan.tasks.1.id: "a" is already'),
      expect.stringContaining('plan.tasks.0.depends_on.0: There is no task "x"'),
      expect.stringContaining('plan.tasks.0.arguments.v.$ref: "y.output" refers to no task'),
      expect.stringContaining('plan.tasks.1.tool: There is no tool "ecko". Known tools: echo'),
      expect.stringContaining('plan.tasks.2.id'),
    ]);
  });

  it('names a long circle and long texts in short, and stops after 100 issues [ORC-5]', () => {
    const long = 'x'.repeat(128);
    const keys = Array.from({ length: 5_000 }, (_, n) => `${long.slice(4)}${n}`);
    const [circle] = issues(planOf(Object.fromEntries(keys.map((key, n) => [key, [keys.at(n - 1)!]]))));
    expect(circle).toMatch(/… \(4980 more\) → /);
    expect(circle?.length).toBeLessThan(3_500);
    const refs = Array.from({ length: 200_000 }, () => ({ $ref: `${long}${long}.output` }));
    const found = issues({ tasks: [{ id: 'a', tool: 'echo', arguments: { refs } }] });
    expect(found).toHaveLength(100);
    expect(found[0]).toContain(`"${long}…" refers to no task`);
  });

  it('looks at no more of a $ref than an id may be long [ORC-5]', () => {
    // Some minutes, when each `.output` of the text is tried with all that stands before it.
    const endless = '.output'.repeat(500_000);
    const plan: Plan = { tasks: [{ id: 'a', tool: 'echo', arguments: { v: { $ref: endless } } }] };
    expect(issues(plan)).toEqual([expect.stringContaining('refers to no task')]);
    const key = `${'.output'.repeat(18)}zz`;
    expect(findReferences({ $ref: `${key}.output.x` }, (each) => each === key)).toMatchObject([
      { task: key, path: ['x'] },
    ]);
  });

  it('takes 1 to 5,000 tasks, also 5,000 in one chain [ORC-5]', () => {
    const chain = (length: number) =>
      planOf(Object.fromEntries(Array.from({ length }, (_, n) => [`t${n}`, n === 0 ? [] : [`t${n - 1}`]])));
    expect(issues({ tasks: [] })).toHaveLength(1);
    expect(issues(chain(5_000))).toEqual([]);
    expect(issues(chain(5_001))).toEqual([expect.stringContaining('at most 5000')]);
  });

  it('finds a circle exactly in the graphs that have one [ORC-5]', () => {
    const size = 8;
    const edge = tuple(nat(size - 1), nat(size - 1));
    assert(
      property(array(edge, { maxLength: 20 }), (edges) => {
        const plan = planOf(
          Object.fromEntries(
            Array.from({ length: size }, (_, n) => [
              `t${n}`,
              edges.filter(([from]) => from === n).map(([, to]) => `t${to}`),
            ]),
          ),
        );
        const graph = graphOf(plan);
        const cyclic = graph.dependencies.some((_, n) => downstream(graph, [n]).has(n));
        const cycle = findCycle(plan, graph);
        expect(cycle !== undefined).toBe(cyclic);
        for (const [n, key] of (cycle ?? []).slice(0, -1).entries()) {
          expect(plan.tasks.find((task) => task.id === key)?.depends_on).toContain(cycle![n + 1]);
        }
      }),
    );
  });

  it('tells a chain from a graph that can run in parallel [ORC-6]', () => {
    expect(isParallel(graphOf(planOf({ a: [], b: ['a'], c: ['b', 'a'] })))).toBe(false);
    expect(isParallel(graphOf(planOf({ a: [], b: ['a'], c: ['a'] })))).toBe(true);
    expect(isParallel(graphOf(planOf({ a: [], b: [] })))).toBe(true);
  });
});

describe('a reference', () => {
  const keys = ['load', 'load.output', 'a.b'];
  const isTask = (key: string) => keys.includes(key);
  const outputs: Record<string, Parameters<typeof resolveReferences>[0]> = {
    load: { rows: [{ name: 'x' }], 'with.dot': 1 },
    'load.output': { rows: 'of the longer id' },
    'a.b': null,
  };
  const resolve = (value: Parameters<typeof resolveReferences>[0]) =>
    resolveReferences(value, isTask, (key) => outputs[key]);

  it('means the longest task id that fits, then .output, then a path [ORC-6]', () => {
    expect(resolve({ $ref: 'load.output.rows.0.name' })).toBe('x');
    expect(resolve({ $ref: 'load.output.output.rows' })).toBe('of the longer id');
    expect(resolve({ $ref: 'a.b.output' })).toBeNull();
  });

  it('leads nowhere where the output lacks the path, also along prototypes [ORC-6]', () => {
    for (const text of [
      'load.output.rows.1',
      'load.output.rows.length',
      'load.output.constructor',
      'load.output.__proto__',
      'nobody.output',
    ]) {
      expect(() => resolve({ $ref: text })).toThrow(`"${text}" cannot be replaced`);
    }
  });

  it('is not looked for in a $literal, nor in an object with other keys [ORC-6]', () => {
    const literal = { $literal: { $ref: 'load.output' } };
    expect(resolve({ a: literal })).toEqual({ a: { $ref: 'load.output' } });
    expect(findReferences(literal, isTask)).toEqual([]);
    expect(resolve({ $ref: 'load.output', and: 1 })).toEqual({ $ref: 'load.output', and: 1 });
  });

  it('leaves arguments without references as they are, uncopied [ORC-6]', () => {
    const given = { a: [1, { b: null }] };
    expect(resolve(given)).toBe(given);
  });
});
