import type { JsonObject, JsonValue } from '#libs/kernel';
import { askForApproval } from '../governor/approvals.js';
import type { GovernorDeps } from '../governor/deps.js';
import type { GoalRun } from '../governor/run.js';
import type { TaskRun } from '../governor/task-run.js';
import type { PlanTask } from '../plan/plan.js';
import type { UncertainCall } from '../ports/goal.js';
import { argumentsHash } from '../safety/arguments-hash.js';
import { idempotencyKey } from '../safety/idempotency-key.js';
import { requestsOf, riskOf } from '../safety/judge-task.js';

/** What a person can be asked about: bytes of arguments. */
export const MAX_APPROVABLE_BYTES = 256 * 1024;

/** A call that may have taken effect. */
interface Subject {
  readonly task: TaskRun;
  readonly planned: PlanTask;
  readonly given: JsonObject;
}

/**
 * Lets a task wait for a person who says what became of its call: `reason` is why nobody knows, `output` what it gave,
 * where that is known. What is decided counts as leave for the call, so that a repetition asks no second time.
 */
export function askAboutOutcome(
  run: GoalRun,
  deps: Pick<GovernorDeps, 'ids' | 'limits'>,
  subject: Subject,
  reason: string,
  output?: JsonValue,
): void {
  const { task, given } = subject;
  const known = output ?? outputKnownOf(task.approval?.uncertain);
  const uncertain: UncertainCall = {
    attempt: task.attempts,
    since: task.startedAt ?? run.now(),
    idempotencyKey:
      run.tools.find(task.tool)?.facts(given).effect === 'pure' ? null : idempotencyKey(task.id, task.tool, given),
    reason,
    ...(known !== undefined && { output: known }),
    resolution: null,
  };
  task.error = null;
  task.finishedAt = null;
  ask(run, deps, subject, uncertain, reason);
}

/** Asks once more about a call, since the answer is worth nothing any more: `why` says so. */
export function askAgain(
  run: GoalRun,
  deps: Pick<GovernorDeps, 'ids' | 'limits'>,
  subject: Subject,
  before: UncertainCall,
  why: string,
): void {
  ask(run, deps, subject, { ...before, resolution: null }, `${why} ${before.reason}`);
}

function ask(
  run: GoalRun,
  deps: Pick<GovernorDeps, 'ids' | 'limits'>,
  { task, planned, given }: Subject,
  uncertain: UncertainCall,
  reason: string,
): void {
  const { goal, activeMs, tools } = run;
  const approvable = { tool: task.tool, arguments: given, checkCommand: planned.check?.command ?? null };
  const bytes = Buffer.byteLength(JSON.stringify(given));
  const tool = tools.find(task.tool);
  const requests = tool && requestsOf(planned, tool, given, tools, { goal, activeMs, approval: null });
  const asked = requests && [requests.own, requests.check].map((each) => each?.tool.facts(each.arguments).action);
  askForApproval(run, task, {
    ...approvable,
    id: deps.ids(),
    taskId: task.id,
    // The question must be asked however long they are; the journal and the plan have them.
    arguments: bytes > MAX_APPROVABLE_BYTES ? { $omitted_bytes: bytes } : given,
    action: asked?.find((action) => action) ?? null,
    risk: requests ? riskOf(requests) : 'CRITICAL',
    hash: argumentsHash(approvable),
    reason,
    requestedBy: goal.submitter,
    expiresAt: run.now() + deps.limits.approvalMs,
    uncertain,
  });
}

/** What was known, or said, before the question came up again. */
function outputKnownOf(before: UncertainCall | null | undefined): JsonValue | undefined {
  const resolution = before?.resolution;
  if (resolution?.kind !== 'took_effect') return undefined;
  return resolution.output === undefined ? before?.output : resolution.output;
}
