import type { JsonObject } from '#libs/kernel';
import type { Plan } from '../plan/plan.js';
import type { GoalRecord, TaskRecord } from './goal.js';
import type { Risk, ToolCatalogue } from './tools.js';

/**
 * The phases that need a mind. The first implementations work by rules and say no more than they know; models and
 * agents come behind the same ports.
 */
export const COMPLEXITIES = ['TRIVIAL', 'SIMPLE', 'MODERATE', 'COMPLEX', 'STRATEGIC'] as const;
export type Complexity = (typeof COMPLEXITIES)[number];

export interface Analysis {
  readonly objective: string;
  /** What carrying it out needs, e.g. the tools by name. */
  readonly capabilities: readonly string[];
  readonly complexity: Complexity;
  readonly risk: Risk;
}

export interface Analyst {
  analyse(goal: GoalRecord, plan: Plan, tools: ToolCatalogue): Promise<Analysis>;
}

export interface Planner {
  /** The plan to run. A person's plan is given back unchanged. */
  plan(goal: GoalRecord, submitted: Plan): Promise<Plan>;
  /** Another plan after failures; tasks that succeeded and are still in it, unchanged, are kept. */
  replan(goal: GoalRecord, previous: Plan, failed: readonly TaskRecord[]): Promise<Plan>;
}

export interface TaskScore {
  readonly key: string;
  /** 0 to 1. */
  readonly score: number;
  readonly reasons: readonly string[];
}

export interface Verdict {
  readonly accepted: boolean;
  /** The tasks that are not good enough; at most 100. */
  readonly scores: readonly TaskScore[];
  /** Lowest score of all tasks. */
  readonly lowest: number;
}

export interface Critic {
  verify(goal: GoalRecord, tasks: readonly TaskRecord[]): Promise<Verdict>;
}

export interface Memory {
  /** Stores what is worth keeping; gives how many records were written. */
  remember(goal: GoalRecord, tasks: readonly TaskRecord[]): Promise<number>;
}

export interface Reflector {
  /** Lessons for the journal. */
  reflect(goal: GoalRecord, tasks: readonly TaskRecord[]): Promise<JsonObject>;
}

export interface Mind {
  readonly analyst: Analyst;
  readonly planner: Planner;
  readonly critic: Critic;
  readonly memory: Memory;
  readonly reflector: Reflector;
}
