import {
  type Gate,
  type GoalRecord,
  type Plan,
  type PlanTask,
  type ToolCatalogue,
  type Verdict,
  graphOf,
  isParallel,
  judgeTask,
  requestsOf,
} from '#libs/orchestration';
import { COMMON_ERRORS } from '#libs/kernel';
import type { DryRunView } from './goals.schemas.js';

type DecisionView = DryRunView['tasks'][number]['decision'];

/** How long an answer waits for a database that does not answer. */
const PATIENCE_MS = 3_000;

/** What would happen to a goal that is not stored: its plan as a graph, and what the gate says to each task. */
export async function rehearse(
  goal: GoalRecord,
  plan: Plan,
  tools: ToolCatalogue,
  gate: Gate,
): Promise<Omit<DryRunView, 'planned_by'>> {
  const graph = graphOf(plan);
  const judge = judgeIn(goal, tools, gate);
  const tasks = plan.tasks.map(async (task, n) => ({
    key: task.id,
    tool: task.tool,
    depends_on: graph.dependencies[n]!.map((position) => plan.tasks[position]!.id),
    decision: await judge(task),
  }));
  return {
    valid: true,
    parallel: isParallel(graph),
    plan,
    tasks: await Promise.all(tasks),
    // Tools cost nothing; tasks that would, need a model and are refused before.
    estimated_cost: { tokens: 0, money: '0' },
  };
}

function judgeIn(goal: GoalRecord, tools: ToolCatalogue, gate: Gate): (task: PlanTask) => Promise<DecisionView> {
  const about = { goal, activeMs: 0, approval: null };
  const signal = AbortSignal.timeout(PATIENCE_MS);
  return async (task) => {
    const requests = requestsOf(task, tools.find(task.tool)!, task.arguments ?? {}, tools, about);
    return decisionView(await judgeTask(gate, requests, signal));
  };
}

function decisionView(verdict: Verdict): DecisionView {
  switch (verdict.kind) {
    case 'allowed':
      return { allowed: true, decision: 'allow', check: null, action: null, reason: 'Nothing speaks against it.' };
    case 'asks':
      return { allowed: false, decision: 'ask', check: verdict.check, action: verdict.action, reason: verdict.reason };
    case 'refused':
      return denied(verdict.check, verdict.error.detail);
    case 'halted':
      return denied(verdict.check, 'A kill switch is engaged.');
    case 'unasked':
      throw COMMON_ERRORS.make('unavailable', 'It cannot be known right now what the gate would say. Try again.');
  }
}

function denied(check: string, reason: string): DecisionView {
  return { allowed: false, decision: 'deny', check, action: null, reason };
}
