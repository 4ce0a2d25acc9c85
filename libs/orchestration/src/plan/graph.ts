import type { Plan } from './plan.js';
import { findReferences } from './references.js';

/** A plan's edges by position: what the scheduler walks. */
export interface Graph {
  /** For each task, the positions of the tasks that it waits for: `depends_on` and `$ref` together, without doubles. */
  readonly dependencies: readonly (readonly number[])[];
  /** For each task, the positions of the tasks that wait for it. */
  readonly dependents: readonly (readonly number[])[];
  readonly positionOf: ReadonlyMap<string, number>;
}

/** Builds the graph of a plan whose dependencies are all known; unknown ones are left out. */
export function graphOf(plan: Plan): Graph {
  const positionOf = new Map(plan.tasks.map((task, position) => [task.id, position]));
  const isTask = (key: string): boolean => positionOf.has(key);
  const dependencies = plan.tasks.map((task) => {
    const keys = new Set(task.depends_on);
    for (const { task: key } of findReferences(task.arguments ?? {}, isTask)) if (key !== undefined) keys.add(key);
    return [...keys].flatMap((key) => positionOf.get(key) ?? []);
  });
  const dependents: number[][] = plan.tasks.map(() => []);
  for (const [position, needed] of dependencies.entries()) for (const each of needed) dependents[each]?.push(position);
  return { dependencies, dependents, positionOf };
}

/**
 * A cycle as the keys along it, first and last the same, or undefined. Iterative: a chain of thousands of tasks must
 * not exhaust the stack.
 */
export function findCycle(plan: Plan, graph: Graph): string[] | undefined {
  const waiting = graph.dependencies.map((needed) => needed.length);
  const free = waiting.flatMap((count, position) => (count === 0 ? [position] : []));
  for (let position = free.pop(); position !== undefined; position = free.pop()) {
    for (const each of graph.dependents[position] ?? []) if (--waiting[each]! === 0) free.push(each);
  }
  let position = waiting.findIndex((count) => count > 0);
  if (position < 0) return undefined;
  // What is left all waits for something that is left: walking back along it must come round to itself.
  const walked: number[] = [];
  while (!walked.includes(position)) {
    walked.push(position);
    position = graph.dependencies[position]!.find((each) => waiting[each]! > 0)!;
  }
  const cycle = [...walked.slice(walked.indexOf(position)), position];
  return cycle.map((each) => plan.tasks[each]!.id);
}

/** Whether at least two tasks may ever run at the same time: the graph is not one chain. */
export function isParallel(graph: Graph): boolean {
  const waiting = graph.dependencies.map((needed) => needed.length);
  let front = waiting.flatMap((count, position) => (count === 0 ? [position] : []));
  while (front.length > 0) {
    if (front.length > 1) return true;
    const following: number[] = [];
    for (const position of front) {
      for (const each of graph.dependents[position] ?? []) if (--waiting[each]! === 0) following.push(each);
    }
    front = following;
  }
  return false;
}

/** Positions of everything that waits, directly or not, for the given tasks. */
export function downstream(graph: Graph, from: Iterable<number>): Set<number> {
  const reached = new Set<number>();
  const open = [...from];
  for (let position = open.pop(); position !== undefined; position = open.pop()) {
    for (const each of graph.dependents[position] ?? []) {
      if (reached.has(each)) continue;
      reached.add(each);
      open.push(each);
    }
  }
  return reached;
}
