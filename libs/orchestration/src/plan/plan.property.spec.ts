import { array, assert, boolean, nat, property, record, shuffledSubarray, subarray } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { catalogueOf } from '../conformance/kit.js';
import { downstream, findCycle, graphOf, isParallel } from './graph.js';
import { lineageOf } from './lineage.js';
import type { Plan, PlanTask } from './plan.js';
import { validatePlan } from './validate.js';

const RULES = {
  tools: catalogueOf({ echo: { run: () => Promise.reject(new Error('it is never run')) } }),
  checker: { validate: () => [], check: () => [] },
};

/** Edges in any direction, by `depends_on` or by a reference: circles, self-dependencies and doubles come by themselves. */
const drawn = array(
  record({ needs: array(nat(9), { maxLength: 3 }), refers: array(nat(9), { maxLength: 2 }), unknown: boolean() }),
  { minLength: 1, maxLength: 8 },
);
type Drawn = readonly { readonly needs: number[]; readonly refers: number[]; readonly unknown: boolean }[];

function planOf(tasks: Drawn): Plan {
  const key = (n: number): string => `t${n % tasks.length}`;
  return {
    tasks: tasks.map(({ needs, refers, unknown }, n) => ({
      id: key(n),
      tool: 'echo',
      arguments: {
        takes: refers.map((each) => ({ $ref: `${key(each)}.output.x` })),
        text: { $literal: { $ref: 'no' } },
      },
      depends_on: [...needs.map(key), ...(unknown && n % 5 === 4 ? ['nobody'] : [])],
    })),
  };
}

/** The same edges, found in the plainest way. */
function edgesOf(tasks: Drawn): Set<number>[] {
  return tasks.map(({ needs, refers }) => new Set([...needs, ...refers].map((each) => each % tasks.length)));
}

/** Everything that can be reached, by walking for as long as anything new turns up. */
function reach(edges: readonly ReadonlySet<number>[], from: number): Set<number> {
  const reached = new Set(edges[from]);
  for (const each of reached) for (const further of edges[each] ?? []) reached.add(further);
  return reached;
}

describe('any plan', () => {
  it('is accepted exactly when its tasks are known and none waits for itself, by whatever way [ORC-5]', () => {
    assert(
      property(drawn, (tasks) => {
        const plan = planOf(tasks);
        const edges = edgesOf(tasks);
        const isCyclic = edges.some((_, n) => reach(edges, n).has(n));
        const isDangling = tasks.some(({ unknown }, n) => unknown && n % 5 === 4);
        const issues = validatePlan(plan, RULES);
        expect(issues.length === 0).toBe(!isCyclic && !isDangling);
        expect(issues.some(({ message }) => message.includes('nobody'))).toBe(isDangling);
        const graph = graphOf(plan);
        const cycle = findCycle(plan, graph);
        expect(cycle !== undefined).toBe(isCyclic);
        if (!cycle) return;
        expect(cycle[0]).toBe(cycle.at(-1));
        // Each waits for the one behind it, and none comes twice.
        const positions = cycle.map((key) => graph.positionOf.get(key) ?? -1);
        expect(new Set(positions).size).toBe(positions.length - 1);
        for (const [n, position] of positions.slice(1).entries())
          expect(edges[positions[n]!]?.has(position)).toBe(true);
      }),
    );
  });

  it('has the graph that its text says, whatever the order of its tasks [ORC-5, ORC-6]', () => {
    assert(
      property(drawn, (tasks) => {
        const edges = edgesOf(tasks);
        const { dependencies, dependents } = graphOf(planOf(tasks));
        expect(dependencies.map((each) => new Set(each))).toEqual(edges);
        for (const [n, needed] of dependencies.entries()) {
          expect(needed.length).toBe(new Set(needed).size);
          for (const each of needed) expect(dependents[each]).toContain(n);
        }
        expect(dependents.flat().length).toBe(dependencies.flat().length);
      }),
    );
  });

  it('lets two tasks run at the same time exactly when neither waits for the other [ORC-6]', () => {
    assert(
      property(drawn, (tasks) => {
        // Without circles: each task may wait for earlier ones only.
        const forward = tasks.map((task, n) => ({
          ...task,
          needs: n === 0 ? [] : task.needs.map((each) => each % n),
          refers: [],
          unknown: false,
        }));
        const edges = forward.map(({ needs }) => new Set(needs));
        const isFree = (a: number, b: number): boolean => !reach(edges, a).has(b) && !reach(edges, b).has(a);
        const pairs = forward.flatMap((_, a) => forward.slice(a + 1).map((__, n) => [a, a + 1 + n] as const));
        const graph = graphOf({ tasks: forward.map(({ needs }, n) => taskOf(n, needs)) });
        expect(isParallel(graph)).toBe(pairs.some(([a, b]) => isFree(a, b)));
        for (const n of forward.keys()) {
          const waiting = forward.flatMap((_, each) => (reach(edges, each).has(n) ? [each] : []));
          expect([...downstream(graph, [n])].toSorted((a, b) => a - b)).toEqual(waiting);
        }
      }),
    );
  });
});

const KEYS = [0, 1, 2, 3, 4, 5, 6, 7];

describe('what a plan made of the one before it', () => {
  it('tells of each task of both exactly once: kept, dropped, added, changed, or run again [ORC-12]', () => {
    const task = (n: number, old: boolean): PlanTask => taskOf(n, [], old ? 'echo' : 'nap');
    assert(
      property(subarray(KEYS), shuffledSubarray(KEYS), subarray(KEYS), subarray(KEYS), (before, after, same, done) => {
        const plan: Plan = { tasks: after.map((n) => task(n, same.includes(n))) };
        const unchanged = after.filter((n) => before.includes(n) && same.includes(n));
        const kept = unchanged.filter((n) => done.includes(n));
        const lineage = lineageOf({ tasks: before.map((n) => task(n, true)) }, plan, kept.map(keyOf));
        const expected = {
          kept,
          dropped: before.filter((n) => !after.includes(n)),
          added: after.filter((n) => !before.includes(n)),
          changed: after.filter((n) => before.includes(n) && !same.includes(n)),
        };
        for (const [kind, tasks] of Object.entries(expected)) {
          expect(lineage[kind]).toEqual({ count: tasks.length, keys: tasks.map(keyOf) });
        }
        const all = Object.values(expected).flat();
        expect(new Set(all).size).toBe(all.length);
        const again = unchanged.filter((n) => !done.includes(n));
        expect(new Set([...all, ...again])).toEqual(new Set([...before, ...after]));
      }),
    );
  });
});

const keyOf = (n: number): string => `t${n}`;

function taskOf(n: number, needs: readonly number[], tool = 'echo'): PlanTask {
  return { id: `t${n}`, tool, depends_on: needs.map((each) => `t${each}`) };
}
