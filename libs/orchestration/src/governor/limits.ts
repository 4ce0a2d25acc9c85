import { failure } from '../orchestration.errors.js';
import type { Failure } from '../ports/tools.js';
import type { GoalRun } from './run.js';

/** Hard limits of a goal. */
export interface Limits {
  /** How long a goal may work, in milliseconds, pauses excluded. */
  readonly goalActiveMs: number;
  /** Tasks of one goal that run at the same time. */
  readonly goalConcurrency: number;
  /** How deep goals may be nested. */
  readonly depth: number;
  /** Tokens that a goal may use. */
  readonly tokens: number;
  /** Agents that a goal may spawn. */
  readonly agents: number;
  /** How long an approval may wait for a decision, in milliseconds. */
  readonly approvalMs: number;
}

/** The failure of a goal that has worked for too long, or undefined. */
export function timeLimit(activeMs: number, limits: Limits): Failure | undefined {
  if (activeMs < limits.goalActiveMs) return undefined;
  return failure('time_limit', `The goal has worked for ${limits.goalActiveMs / 1000} s, which is its limit.`);
}

/** Aborts a goal that is past its deadline or its working time. */
export function enforceLimits(run: GoalRun, limits: Limits): void {
  const { deadline } = run.goal;
  const late = deadline !== null && run.now() >= deadline;
  const exceeded: Failure | undefined = late
    ? failure('deadline_exceeded', `The deadline, ${new Date(deadline).toISOString()}, has passed.`)
    : timeLimit(run.activeMs, limits);
  if (exceeded) run.interrupts.raise({ kind: 'abort', failure: exceeded });
}
