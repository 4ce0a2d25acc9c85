/**
 * The states of a goal, each with who moves it on. A pause is no state: it stands beside it (since, by, reason), so
 * that a goal goes on exactly where it stopped.
 */
export const GOAL_STATES = {
  /** Before there is a goal. Appears only as the first `from` of a journal; the submission moves it on. */
  IDLE: { final: false },
  /** Stored, and nothing done yet. The worker that takes the lease moves it on, or `execute` if it was told to wait. */
  RECEIVED: { final: false },
  /** The analyst works out objective, complexity and risk; the owner moves it on. */
  INTENT_ANALYSIS: { final: false },
  /** The planner gives a plan, which is checked to be a valid graph; the owner moves it on. */
  TASK_DECOMPOSITION: { final: false },
  /** Each task gets whoever is to do it; the owner moves it on. */
  AGENT_ASSIGNMENT: { final: false },
  /** Tasks run one after another; the last one, or a failed one, moves it on. */
  EXECUTING: { final: false },
  /** Tasks run side by side where the graph allows; the last one, or a failed one, moves it on. */
  PARALLEL_EXECUTING: { final: false },
  /** The critic judges the results by the declared checks; its verdict moves it on. */
  VERIFYING: { final: false },
  /** Something failed and may be planned anew, keeping what succeeded; the owner moves it on. */
  REPLANNING: { final: false },
  /** What was learned is handed to the memory; the owner moves it on. */
  WRITING_MEMORY: { final: false },
  /** What worked and what did not is written down; the owner moves it on. */
  REFLECTING: { final: false },
  /** Done, with a result. Final. */
  COMPLETED: { final: true },
  /** Ended without a result, with the reason in `error`. Final: a retry is a new goal. */
  FAILED: { final: true },
  /** Stopped by somebody. Final. */
  CANCELLED: { final: true },
} as const satisfies Record<string, { readonly final: boolean }>;

export type GoalState = keyof typeof GOAL_STATES;

export const goalStates = Object.keys(GOAL_STATES) as readonly GoalState[];

/** A state that this version does not know, since a newer one has stored it, is not final. */
export function isFinal(state: GoalState): boolean {
  return Object.hasOwn(GOAL_STATES, state) && GOAL_STATES[state].final;
}

/** The states of a task. SUCCEEDED, FAILED, SKIPPED and CANCELLED are final within one version of the plan. */
export const TASK_STATES = [
  /** Waits for tasks that it depends on. */
  'PENDING',
  /** All its dependencies have succeeded; waits for a slot, or for the time of its next attempt. */
  'READY',
  /** Handed to another worker, which has not begun. */
  'QUEUED',
  /** An attempt is under way. */
  'RUNNING',
  /** Waits for a person's decision. */
  'AWAITING_APPROVAL',
  /** Its result is stored and has passed its check. */
  'SUCCEEDED',
  /** Out of attempts, or failed in a way that no attempt mends. */
  'FAILED',
  /** Not run, because something that it depends on failed. */
  'SKIPPED',
  /** Not run or stopped, because the goal ended first. */
  'CANCELLED',
] as const;

export type TaskState = (typeof TASK_STATES)[number];
