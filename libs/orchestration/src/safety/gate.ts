import type { JsonObject } from '#libs/kernel';
import type { Limits } from '../governor/limits.js';
import { failure } from '../orchestration.errors.js';
import type { GoalRecord } from '../ports/goal-store.js';
import type { Rights } from '../ports/rights.js';
import type { ToolCall, ToolOutcome, ToolRunner, ToolSpec } from '../ports/tools.js';
import { CHECKS, type Question, type Refusal } from './checks.js';
import { askPatiently } from './patience.js';

/** What the gate would say to a task, without running it. */
export interface Decision {
  readonly allowed: boolean;
  /** The check that refused, or null. */
  readonly check: string | null;
  readonly reason: string;
}

const UNASKED = failure('interrupted', 'It was stopped before it could be known whether it may run.');

/**
 * The one door to execution. It alone holds the tool runner, so that nothing runs which has not passed every check
 * of the list in `checks.ts`, in its order, with the arguments that will really be used.
 */
export class Gate {
  constructor(
    private readonly runner: ToolRunner,
    private readonly rights: Rights,
    private readonly limits: Limits,
  ) {}

  /** Runs the call if every check lets it pass; otherwise the refusal is its outcome, and nothing has run. */
  async pass(call: ToolCall, tool: ToolSpec, goal: GoalRecord, activeMs: number): Promise<ToolOutcome> {
    const question = { tool, given: call.arguments, goal, activeMs };
    const asked = await askPatiently(() => this.firstRefusal(question), call.signal);
    if (!asked) return { ok: false, error: UNASKED, retryable: true, violation: false };
    if (asked.answer) {
      const { error, violation } = asked.answer;
      return { ok: false, error, retryable: false, violation };
    }
    return this.runner.run(call);
  }

  /** What would be said to this call now. References that still stand in the arguments are looked at when they are known. */
  async decide(tool: ToolSpec, given: JsonObject, goal: GoalRecord): Promise<Decision> {
    const refusal = await this.firstRefusal({ tool, given, goal, activeMs: 0 });
    if (refusal) return { allowed: false, check: refusal.check, reason: refusal.error.detail };
    return { allowed: true, check: null, reason: `${tool.risk} risk, within the limits, no rule against it` };
  }

  private async firstRefusal(question: Omit<Question, 'rights' | 'limits'>): Promise<Refusal | undefined> {
    const asked: Question = { ...question, rights: this.rights, limits: this.limits };
    for (const check of CHECKS) {
      const answer = check.refuses(asked);
      // Most checks answer at once; awaiting each would cost a turn of the event loop per call.
      const error = answer instanceof Promise ? await answer : answer;
      if (error) return { check: check.name, error, violation: check.violation };
    }
    return undefined;
  }
}
