import {
  type Gate,
  type GoalRecord,
  type Plan,
  type PlanTask,
  type ToolCatalogue,
  type Verdict,
  graphOf,
  isParallel,
} from '#libs/orchestration';
import type { DryRunView } from './goals.schemas.js';

type DecisionView = DryRunView['tasks'][number]['decision'];

/** What would happen to a goal that is not stored: its plan as a graph, and what the gate says to each task. */
export async function rehearse(
  goal: GoalRecord,
  plan: Plan,
  tools: ToolCatalogue,
  gate: Gate,
): Promise<Omit<DryRunView, 'planned_by'>> {
  const graph = graphOf(plan);
  const { signal } = new AbortController();
  const tasks = plan.tasks.map(async (task, n) => ({
    key: task.id,
    tool: task.tool,
    depends_on: graph.dependencies[n]!.map((position) => plan.tasks[position]!.id),
    decision: decisionView(await gate.judge(requestOf(task, goal, tools), signal), task),
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

function requestOf(task: PlanTask, goal: GoalRecord, tools: ToolCatalogue) {
  const given = task.arguments ?? {};
  const tool = tools.find(task.tool)!;
  const approvable = { tool: task.tool, arguments: given, checkCommand: task.check?.command ?? null };
  return { tool, arguments: given, goal, activeMs: 0, approvable, approval: null };
}

function decisionView(verdict: Verdict, task: PlanTask): DecisionView {
  switch (verdict.kind) {
    case 'asks':
      return { allowed: false, decision: 'ask', check: verdict.check, action: verdict.action, reason: verdict.reason };
    case 'refused':
      return { allowed: false, decision: 'deny', check: verdict.check, action: null, reason: verdict.error.detail };
    case 'halted':
      return {
        allowed: false,
        decision: 'deny',
        check: verdict.check,
        action: null,
        reason: `A kill switch is engaged by ${verdict.halt.by.name}.`,
      };
    case 'unasked':
    case 'allowed':
      return checkDecision(task);
  }
}

/** Of a task whose call may be made: the command that checks it may still need a person. */
function checkDecision({ check }: PlanTask): DecisionView {
  if (check?.command !== undefined) {
    const reason = 'Its check runs a command, which waits for a person.';
    return { allowed: false, decision: 'ask', check: 'approval', action: 'code', reason };
  }
  return {
    allowed: true,
    decision: 'allow',
    check: null,
    action: null,
    reason: 'Within the limits, no rule against it.',
  };
}
