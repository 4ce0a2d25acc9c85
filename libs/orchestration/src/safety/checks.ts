import { failure } from '../orchestration.errors.js';
import { type Limits, timeLimit } from '../governor/limits.js';
import type { Standing } from '../ports/authority.js';
import type { GoalRecord, TaskApproval } from '../ports/goal.js';
import type { Finding } from '../ports/passage.js';
import { type ApprovalAction, type BlockedAction, type CallFacts, type Failure, RISKS } from '../ports/tools.js';

/** What the checks are asked about: one call, with the arguments that will really be used. */
export interface Question {
  readonly tool: string;
  readonly facts: CallFacts;
  readonly blocked: readonly BlockedAction[];
  readonly goal: Pick<GoalRecord, 'submitter' | 'usage'>;
  /** Time that the goal has worked so far, in milliseconds. */
  readonly activeMs: number;
  /** Other calls of the goal that are under way. */
  readonly inFlight: number;
  readonly standing: Standing;
  readonly limits: Limits;
  /** What a person said about this task, if anybody was asked. */
  readonly approval: TaskApproval | null;
  /** Whether whoever approved may still do so. */
  readonly approverStands: boolean;
  /** Binds an approval to the call: see `argumentsHash`. */
  readonly hash: string;
}

export interface Check {
  readonly name: string;
  /** Undefined lets the call pass on to the next check. */
  look(question: Question): Finding | undefined;
}

const violation = (error: Failure): Finding => ({ kind: 'refused', error, violation: true, retryable: false });
const limit = (error: Failure | undefined, retryable = false): Finding | undefined =>
  error && { kind: 'refused', error, violation: false, retryable };

/** The highest risk that a goal may run. */
const HIGHEST_RISK = RISKS.indexOf('HIGH');

/**
 * The safety gate, top-down: every check is asked in this order, and the first that finds something decides. The order
 * is the specification.
 */
export const CHECKS: readonly Check[] = [
  {
    name: 'kill switch',
    look: ({ standing: { halt } }) => (halt ? { kind: 'halted', halt } : undefined),
  },
  {
    name: 'permission',
    look: ({ standing, goal }) =>
      standing.mayRunTools
        ? undefined
        : violation(failure('permission_lost', `${goal.submitter.name} may no longer run tools (tool:execute).`)),
  },
  {
    name: 'allowed tools',
    look: ({ standing: { rules }, tool }) =>
      rules.allowedTools === null || rules.allowedTools.includes(tool)
        ? undefined
        : violation(failure('tool_not_allowed', `The tenant does not allow ${tool}.`)),
  },
  {
    name: 'recursion',
    look: ({ goal: { usage }, limits }) =>
      limit(
        usage.depth > limits.depth
          ? failure('depth_limit', `Goals may be nested ${limits.depth} levels deep; this one is at ${usage.depth}.`)
          : undefined,
      ),
  },
  {
    name: 'tokens',
    look: ({ goal: { usage }, limits }) =>
      limit(
        usage.tokens >= limits.tokens
          ? failure('token_limit', `The goal has used ${usage.tokens} of ${limits.tokens} tokens.`)
          : undefined,
      ),
  },
  {
    name: 'agent spawn',
    look: ({ goal: { usage }, limits }) =>
      limit(
        usage.agents > limits.agents
          ? failure('agent_limit', `A goal may spawn ${limits.agents} agents; this one has ${usage.agents}.`)
          : undefined,
      ),
  },
  {
    name: 'time',
    look: ({ activeMs, limits }) => limit(timeLimit(activeMs, limits)),
  },
  {
    name: 'risk',
    look: ({ facts, tool }) =>
      RISKS.indexOf(facts.risk) <= HIGHEST_RISK
        ? undefined
        : violation(failure('risk_too_high', `${tool} has risk ${facts.risk} here; a goal may run up to HIGH.`)),
  },
  {
    name: 'concurrency',
    look: ({ inFlight, limits }) =>
      limit(
        inFlight >= limits.goalConcurrency
          ? failure('concurrency_limit', `${inFlight} calls of the goal are under way already, which is its limit.`)
          : undefined,
        true,
      ),
  },
  {
    name: 'blocked actions',
    look: ({ blocked: [found], tool }) =>
      found && violation(failure(found.code, `${tool}: ${found.argument}: ${found.reason}`)),
  },
  {
    name: 'approval',
    look: approval,
  },
];

function approval({ tool, facts, standing, approval: given, approverStands, hash }: Question): Finding | undefined {
  const { action } = facts;
  const ask = (reason: string): Finding => ({ kind: 'asks', action, reason });
  // To repeat a call whose outcome is uncertain is for a person to say, also where anybody may make it.
  if (!given?.uncertain) {
    if (action === null) return undefined;
    if (action === 'code' && facts.runsCode === 'wasm' && !standing.rules.wasmCodeNeedsApproval) return undefined;
    if (given?.state !== 'approved') return ask(`${tool}: ${WHY[action]}`);
  }
  if (given.hash !== hash) return ask('What would run is not what was approved: the arguments have changed since.');
  if (!approverStands) return ask(`${given.by?.name ?? 'Whoever approved'} may no longer approve (goal:approve).`);
  return undefined;
}

const WHY: Record<ApprovalAction, string> = {
  deploy: 'a deployment waits for a person.',
  delete: 'what deletes something waits for a person.',
  payment: 'a payment waits for a person.',
  admin: 'an administrative action waits for a person.',
  code: 'running code waits for a person.',
};
