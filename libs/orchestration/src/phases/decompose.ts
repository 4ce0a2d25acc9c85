import { failure } from '../orchestration.errors.js';
import { withdraw } from '../governor/approvals.js';
import type { GovernorDeps } from '../governor/deps.js';
import type { TaskRun } from '../governor/task-run.js';
import { graphOf } from '../plan/graph.js';
import type { Plan, PlanTask } from '../plan/plan.js';
import { lineageOf, sameTask } from '../plan/lineage.js';
import { validatePlan } from '../plan/validate.js';
import type { TaskRecord } from '../ports/goal.js';
import type { Phase } from './phase.js';

/** Gets a plan, refuses one that is no valid graph, and makes its tasks, keeping what has succeeded already. */
export const decompose: Phase = async (run, deps) => {
  const { goal } = run;
  const failed = run.tasks.filter((task) => task.state === 'FAILED');
  const plan =
    goal.replans === 0
      ? await deps.mind.planner.plan(goal, run.plan)
      : await deps.mind.planner.replan(goal, run.plan, failed);
  const [issue] = validatePlan(plan, { tools: run.tools, checker: deps.checker });
  if (issue) {
    run.failure = failure('invalid_plan', `${issue.path}: ${issue.message}`);
    return { outcome: 'aborted' };
  }
  const before = run.plan;
  const previous = new Map(before.tasks.map((task) => [task.id, task]));
  const version = goal.replans + 1;
  const done = new Map(run.tasks.map((task) => [task.key, task]));
  const kept = (task: PlanTask): TaskRun | undefined => {
    const old = done.get(task.id);
    return old && isKept(old) && sameTask(previous.get(task.id), task) ? old : undefined;
  };
  const next = new Map(plan.tasks.map((task) => [task.id, task]));
  for (const task of run.tasks) {
    const planned = next.get(task.key);
    if (!planned || !kept(planned)) withdraw(run.changes, task, 'The goal was planned anew.');
  }
  const tasks = makeTasks(plan, version, deps, kept, done);
  if (version !== goal.planVersion || plan !== run.plan) run.changes.newPlan(version, plan);
  goal.planVersion = version;
  run.adopt(plan, tasks);
  for (const task of tasks) run.changes.touch(task);
  const keptKeys = tasks.flatMap(({ state, key }) => (state === 'SUCCEEDED' ? [key] : []));
  const data = { plan_version: version, tasks: tasks.length, kept: keptKeys.length };
  if (goal.replans === 0) return { outcome: 'decomposed', data };
  return { outcome: 'decomposed', data: { ...data, lineage: lineageOf(before, plan, keptKeys) } };
};

/** What succeeded; and a call whose outcome is uncertain, which another plan must not make anew as if it had not been made. */
function isKept({ state, approval }: TaskRun): boolean {
  return (
    state === 'SUCCEEDED' || (Boolean(approval?.uncertain) && (state === 'AWAITING_APPROVAL' || state === 'READY'))
  );
}

function makeTasks(
  plan: Plan,
  version: number,
  deps: GovernorDeps,
  kept: (task: PlanTask) => TaskRun | undefined,
  done: ReadonlyMap<string, TaskRecord>,
): TaskRun[] {
  const graph = graphOf(plan);
  return plan.tasks.map((task, position) => {
    const dependsOn = graph.dependencies[position]!.map((each) => plan.tasks[each]!.id);
    const before = kept(task);
    if (before) return { ...before, position, planVersion: version, dependsOn };
    return {
      // The row of a key stays the same over all versions, so that links to it keep their meaning.
      id: done.get(task.id)?.id ?? deps.ids(),
      key: task.id,
      position,
      planVersion: version,
      state: 'PENDING',
      attempts: 0,
      dependsOn,
      tool: task.tool,
      output: undefined,
      outputBytes: 0,
      error: null,
      workerId: null,
      startedAt: null,
      finishedAt: null,
      retryAt: null,
      approval: null,
    };
  });
}
