import { type JsonObject, type JsonValue, isJsonObject } from '#libs/kernel';
import type { GoalRun } from '../governor/run.js';
import type { TaskRun } from '../governor/task-run.js';
import type { PlanTask } from '../plan/plan.js';
import { MissingReference, resolveReferences } from '../plan/references.js';
import { boundReferences } from './bounds.js';

/** The arguments of a task with every reference replaced. Throws MissingReference. */
export function resolveArguments({ graph, tasks }: Pick<GoalRun, 'graph' | 'tasks'>, planned: PlanTask): JsonObject {
  const isTask = (key: string): boolean => graph.positionOf.has(key);
  const find = (key: string): TaskRun | undefined => tasks[graph.positionOf.get(key) ?? -1];
  const written = planned.arguments ?? {};
  boundReferences(written, isTask, (key) => find(key)?.outputBytes ?? 0);
  const resolved: JsonValue = resolveReferences(written, isTask, (key) => find(key)?.output);
  if (!isJsonObject(resolved)) throw new MissingReference('arguments', 'object', 'invalid_arguments');
  return resolved;
}
