import { downstream, graphOf } from '../plan/graph.js';
import { sameTask } from '../plan/lineage.js';
import type { Plan } from '../plan/plan.js';
import type { ReplayedGoal, ReplayedTask } from './replayed.js';

/**
 * The tasks whose results a fork begins with: they had succeeded then, say the same in its plan, depend on nothing that
 * runs again, and their results are still there. A result is gone where a later plan ran the task again. Gives each
 * as it stands now, in the order of the plan `after`; `before` is the plan that was in force then.
 */
export function keptByFork(then: ReplayedGoal, now: ReplayedGoal, before: Plan, after: Plan): ReplayedTask[] {
  const entries = new Map(before.tasks.map((task) => [task.id, task]));
  const results = resultsSince(then, now);
  const again = after.tasks.flatMap((task, position) =>
    results.has(task.id) && sameTask(entries.get(task.id), task) ? [] : [position],
  );
  const behind = downstream(graphOf(after), again);
  const running = new Set([...again, ...behind]);
  return after.tasks.flatMap((task, position) => (running.has(position) ? [] : (results.get(task.id) ?? [])));
}

/** By key: what had succeeded then and is still what is stored. */
function resultsSince(then: ReplayedGoal, now: ReplayedGoal): Map<string, ReplayedTask> {
  const succeeded = new Map(then.tasks.flatMap((task) => (task.state === 'SUCCEEDED' ? [[task.key, task.seq]] : [])));
  const present = [...now.tasks, ...now.dropped].filter(
    ({ key, state, seq }) => state === 'SUCCEEDED' && succeeded.get(key) === seq,
  );
  return new Map(present.map((task) => [task.key, task]));
}
