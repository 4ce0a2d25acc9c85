import type { JsonObject } from '#libs/kernel';
import type { Plan, PlanTask } from './plan.js';

/** Keys of each kind that a lineage names; the counts are of all. */
const NAMED_KEYS = 100;

/** Whether two entries of plans say the same, so that a result of the one is a result of the other. */
export function sameTask(before: PlanTask | undefined, after: PlanTask): boolean {
  return before === after || JSON.stringify(before) === JSON.stringify(after);
}

/**
 * What a plan made of the one before it, for the journal: tasks whose results it kept, that it dropped, added, or wrote
 * anew, each as a count and up to 100 keys. What is in none of them is unchanged and runs again.
 */
export function lineageOf(before: Plan, after: Plan, kept: readonly string[]): JsonObject {
  const old = new Map(before.tasks.map((task) => [task.id, task]));
  const present = new Set(after.tasks.map((task) => task.id));
  const added = after.tasks.filter((task) => !old.has(task.id));
  const changed = after.tasks.filter((task) => old.has(task.id) && !sameTask(old.get(task.id), task));
  return {
    kept: named(kept),
    dropped: named(before.tasks.flatMap(({ id }) => (present.has(id) ? [] : [id]))),
    added: named(added.map(({ id }) => id)),
    changed: named(changed.map(({ id }) => id)),
  };
}

function named(keys: readonly string[]): JsonObject {
  return { count: keys.length, keys: keys.slice(0, NAMED_KEYS) };
}
