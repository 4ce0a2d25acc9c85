import type { Graph } from '../plan/graph.js';
import type { Plan } from '../plan/plan.js';
import type { TaskRecord } from '../ports/goal.js';
import type { ToolCatalogue } from '../ports/tools.js';

/** The part of a goal that says what its tasks do. */
interface About {
  readonly plan: Plan;
  readonly graph: Graph;
  readonly tools: ToolCatalogue;
}

/** Whether what a task does must not be done twice blindly, as far as can be told before its references are replaced. */
export function mustNotRepeat({ plan, graph, tools }: About, task: Pick<TaskRecord, 'key' | 'tool'>): boolean {
  const planned = plan.tasks[graph.positionOf.get(task.key) ?? -1];
  const facts = tools.find(task.tool)?.facts(planned?.arguments ?? {});
  // What is not known to be harmless twice is not done twice; nor is a command that checks a result.
  return (facts?.effect ?? 'non_idempotent') === 'non_idempotent' || planned?.check?.command !== undefined;
}
