import { COMMAND_TOOL, type PlanTask } from '../plan/plan.js';
import type { TaskApproval } from '../ports/goal.js';
import { RISKS, type Risk, type ToolCatalogue, type ToolSpec } from '../ports/tools.js';
import type { JsonObject } from '#libs/kernel';
import type { Gate, GateRequest, JudgedGoal } from './gate.js';
import type { Verdict } from '../ports/passage.js';

/** What a task would have done: its own call, and the command that checks its result, if it declares one. */
export interface TaskRequests {
  readonly own: GateRequest;
  readonly check: GateRequest | undefined;
}

interface About {
  readonly goal: JudgedGoal;
  readonly activeMs: number;
  readonly approval: TaskApproval | null;
}

/** The calls of a task with these arguments, as the gate is asked about them. */
export function requestsOf(
  task: PlanTask,
  tool: ToolSpec,
  given: JsonObject,
  tools: ToolCatalogue,
  about: About,
): TaskRequests {
  const command = task.check?.command;
  // What a person approves of a task covers its check.
  const approvable = { tool: tool.name, arguments: given, checkCommand: command ?? null };
  const own = { ...about, tool, arguments: given, approvable };
  const commandTool = command && tools.find(COMMAND_TOOL);
  const check = commandTool && { ...own, tool: commandTool, arguments: { command: [...command] } };
  return { own, check };
}

/** The higher risk of a task's calls. */
export function riskOf({ own, check }: TaskRequests): Risk {
  const risks = [own, check].map((request) => (request ? request.tool.facts(request.arguments).risk : 'LOW'));
  return RISKS[Math.max(...risks.map((risk) => RISKS.indexOf(risk)))] ?? 'CRITICAL';
}

/**
 * What the gate says to a task as a whole. A refusal of its check counts before anything of it has run, and before
 * anybody is asked: after the call it would come too late.
 */
export async function judgeTask(gate: Gate, requests: TaskRequests, signal: AbortSignal): Promise<Verdict> {
  const own = await gate.judge(requests.own, signal);
  if (!requests.check || (own.kind !== 'allowed' && own.kind !== 'asks')) return own;
  const check = await gate.judge(requests.check, signal);
  if (own.kind === 'asks' && check.kind === 'asks')
    return { ...own, reason: `${own.reason} Its check: ${check.reason}` };
  return check.kind === 'allowed' ? own : check;
}
