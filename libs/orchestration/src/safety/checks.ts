import { failure } from '../orchestration.errors.js';
import type { JsonObject } from '#libs/kernel';
import { type Limits, timeLimit } from '../governor/limits.js';
import type { GoalRecord } from '../ports/goal-store.js';
import type { Rights } from '../ports/rights.js';
import { type Failure, RISKS, type ToolSpec } from '../ports/tools.js';

/** What a check is asked about. */
export interface Question {
  readonly tool: ToolSpec;
  readonly given: JsonObject;
  readonly goal: GoalRecord;
  /** Time that the goal has worked so far, in milliseconds. */
  readonly activeMs: number;
  readonly rights: Rights;
  readonly limits: Limits;
}

export interface Refusal {
  readonly check: string;
  readonly error: Failure;
  readonly violation: boolean;
}

export interface Check {
  readonly name: string;
  /** Whether a refusal is a safety violation; a limit that was reached is none. */
  readonly violation: boolean;
  /** The reason for refusing, or undefined. */
  refuses(question: Question): Failure | undefined | Promise<Failure | undefined>;
}

/** The highest risk that a goal may run. */
const HIGHEST_RISK = RISKS.indexOf('HIGH');

const time: Check = { name: 'time', violation: false, refuses: ({ activeMs, limits }) => timeLimit(activeMs, limits) };

const rights: Check = {
  name: 'rights',
  violation: true,
  refuses: async (question) =>
    (await question.rights.mayRunTools(question.goal.tenantId, question.goal.submitter))
      ? undefined
      : failure('permission_lost', `${question.goal.submitter.name} may no longer run tools (tool:execute).`),
};

const risk: Check = {
  name: 'risk',
  violation: true,
  refuses: ({ tool }) =>
    RISKS.indexOf(tool.risk) <= HIGHEST_RISK
      ? undefined
      : failure('risk_too_high', `${tool.name} has risk ${tool.risk}; a goal may run up to HIGH.`),
};

const paths: Check = {
  name: 'blocked actions',
  violation: true,
  refuses: ({ tool, given }) => {
    const [refused] = tool.refusedPaths(given);
    return refused && failure('path_outside_workspace', `${tool.name}: ${refused.name}: ${refused.reason}`);
  },
};

/** Every check, in the order in which they are asked. The order is the policy. */
export const CHECKS: readonly Check[] = [time, rights, risk, paths];
