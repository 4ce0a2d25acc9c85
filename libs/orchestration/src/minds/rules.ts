import { excerpt } from '#libs/kernel';
import type { PlanTask } from '../plan/plan.js';
import type { Analyst, Complexity, Critic, Memory, Mind, Planner, Reflector, TaskScore } from '../ports/mind.js';
import { RISKS, type ToolCatalogue } from '../ports/tools.js';

/** Scores named in a verdict at the most. */
const MAX_SCORES = 100;

const complexityBySize: readonly (readonly [upTo: number, Complexity])[] = [
  [1, 'TRIVIAL'],
  [5, 'SIMPLE'],
  [20, 'MODERATE'],
  [1_000, 'COMPLEX'],
];

/** Counts: complexity by the number of tasks, risk by the riskiest call. */
const analystByRules: Analyst = {
  analyse: async (goal, plan, tools) => ({
    objective: excerpt(goal.description, 200),
    capabilities: [...new Set(plan.tasks.map((task) => task.tool))].toSorted(),
    complexity: complexityBySize.find(([upTo]) => plan.tasks.length <= upTo)?.[1] ?? 'STRATEGIC',
    risk: RISKS[plan.tasks.reduce((highest, task) => Math.max(highest, riskOf(task, tools)), 0)] ?? 'LOW',
  }),
};

function riskOf(task: PlanTask, tools: ToolCatalogue): number {
  const facts = tools.find(task.tool)?.facts(task.arguments ?? {});
  return facts ? RISKS.indexOf(facts.risk) : 0;
}

/** A person's plan is never rewritten. Planned anew, it is the same plan: what failed, and what waited for it, gets fresh attempts. */
const personsPlan: Planner = {
  plan: async (_goal, submitted) => submitted,
  replan: async (_goal, previous) => previous,
};

/** Accepts when every task succeeded; checks were evaluated when each task ended, and a failed one is a failed task. */
const criticByChecks: Critic = {
  verify: async (_goal, tasks) => {
    const scores = tasks.flatMap((task): TaskScore[] =>
      task.state === 'SUCCEEDED'
        ? []
        : [{ key: task.key, score: 0, reasons: [task.error?.detail ?? `The task is ${task.state}.`] }],
    );
    return { accepted: scores.length === 0, scores: scores.slice(0, MAX_SCORES), lowest: scores.length === 0 ? 1 : 0 };
  },
};

/** There is no memory yet, and nothing pretends that there is. */
const noMemory: Memory = { remember: async () => 0 };

/** Counts and durations, which are facts; no lessons are made up. */
const reflectorByCounts: Reflector = {
  reflect: async (_goal, tasks) => {
    const durations = tasks.map((task) => (task.finishedAt ?? 0) - (task.startedAt ?? 0));
    return {
      tasks: tasks.length,
      attempts: tasks.reduce((sum, task) => sum + task.attempts, 0),
      retried: tasks.filter((task) => task.attempts > 1).length,
      task_ms_total: durations.reduce((sum, each) => sum + each, 0),
      task_ms_longest: durations.reduce((longest, each) => Math.max(longest, each), 0),
    };
  },
};

/** The phases that need a mind, done by rules: no model, no guess. */
export const MIND_BY_RULES: Mind = {
  analyst: analystByRules,
  planner: personsPlan,
  critic: criticByChecks,
  memory: noMemory,
  reflector: reflectorByCounts,
};
