import type { Limits } from '../governor/limits.js';
import type { Authority } from '../ports/authority.js';
import type { GoalRecord, Halt, TaskApproval } from '../ports/goal.js';
import type { Failure, ToolCall, ToolRunner, ToolSpec } from '../ports/tools.js';
import type { Approvable, Finding, Passage, Verdict } from '../ports/passage.js';
import { argumentsHash } from './arguments-hash.js';
import { CHECKS, type Question } from './checks.js';
import { askPatiently } from './patience.js';

/** What the gate must know of a goal. */
export type JudgedGoal = Pick<GoalRecord, 'tenantId' | 'id' | 'submitter' | 'usage'>;

/** What is asked of the gate: a call, and all that bears on whether it may be made. */
export interface GateRequest {
  readonly tool: ToolSpec;
  readonly arguments: ToolCall['arguments'];
  readonly goal: JudgedGoal;
  readonly activeMs: number;
  /** What an approval of the task covers. */
  readonly approvable: Approvable;
  readonly approval: TaskApproval | null;
}

const ALLOWED: Verdict = { kind: 'allowed' };

/** Why a call was not made that nobody could be asked about. */
export const UNASKED: Failure = { code: 'cancelled', detail: 'It was stopped before it began; nothing has run.' };

/**
 * The one door to execution. It alone holds the tool runner, so that nothing runs which has not passed every check
 * of the list in `checks.ts`, in its order, with the arguments that will really be used.
 */
export class Gate {
  /** Calls under way, by goal. */
  private readonly inFlight = new Map<string, number>();

  constructor(
    private readonly runner: ToolRunner,
    private readonly authority: Authority,
    private readonly limits: Limits,
  ) {}

  /**
   * Makes the call if every check lets it pass; otherwise nothing has run. `mayBegin` is asked at the last moment: the
   * checks may have waited for an answer for longer than the lease lasts.
   */
  async pass(request: GateRequest, call: ToolCall, mayBegin: () => boolean = () => true): Promise<Passage> {
    const verdict = await this.judge(request, call.signal);
    if (verdict.kind !== 'allowed') return verdict;
    if (!mayBegin()) return { kind: 'unasked' };
    const { goalId } = call;
    this.count(goalId, 1);
    try {
      return { kind: 'ran', outcome: await this.runner.run(call) };
    } finally {
      this.count(goalId, -1);
    }
  }

  /** What would be said to this call now. References that still stand in the arguments are looked at when they are known. */
  async judge(request: GateRequest, signal: AbortSignal): Promise<Verdict> {
    const asked = await askPatiently(() => this.question(request), signal);
    if (!asked) return { kind: 'unasked' };
    for (const check of CHECKS) {
      const finding: Finding | undefined = check.look(asked.answer);
      if (finding) return { ...finding, check: check.name };
    }
    return ALLOWED;
  }

  /** The kill switch that is engaged for a goal, if any. */
  async haltOf(goal: JudgedGoal): Promise<Halt | null> {
    return (await this.authority.standingOf(goal)).halt;
  }

  private async question(request: GateRequest): Promise<Question> {
    const { tool, arguments: given, goal, activeMs, approval, approvable } = request;
    const facts = tool.facts(given);
    const isAskedFor = facts.action !== null || Boolean(approval?.uncertain);
    const approver = isAskedFor && approval?.state === 'approved' ? approval.by : null;
    return {
      tool: tool.name,
      facts,
      blocked: tool.blocked(given),
      goal,
      activeMs,
      inFlight: this.inFlight.get(goal.id) ?? 0,
      standing: await this.authority.standingOf(goal),
      limits: this.limits,
      approval,
      approverStands: approver !== null && (await this.authority.mayApprove(goal.tenantId, approver)),
      // Most calls need no approval and are spared the hash.
      hash: approver === null ? '' : argumentsHash(approvable),
    };
  }

  private count(goalId: string, by: 1 | -1): void {
    const calls = (this.inFlight.get(goalId) ?? 0) + by;
    if (calls === 0) this.inFlight.delete(goalId);
    else this.inFlight.set(goalId, calls);
  }
}
