import type { GoalState, TaskState } from '../machine/states.js';
import type { JournalEntry } from '../ports/goal-store.js';
import type { Pause } from '../ports/goal.js';

/** A row of a goal's journal, with the number that the store gave it. */
export interface JournalRow extends JournalEntry {
  readonly seq: number;
}

/** A task as a journal tells of it. */
export interface ReplayedTask {
  readonly key: string;
  readonly position: number;
  /** Public id; null until a row has named it. */
  readonly taskId: string | null;
  readonly planVersion: number;
  readonly state: TaskState;
  readonly attempts: number;
  readonly errorCode: string | null;
  /** Public id of the approval that it waits for. */
  readonly approvalId: string | null;
  /** Of the newest attempt, as far as rows tell of it. Milliseconds since the epoch. */
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  /** Number of the newest row about it; 0 when none is. */
  readonly seq: number;
}

/** A goal as it was after a row of its journal. */
export interface ReplayedGoal {
  /** Number and time of the last row that was read; 0 before the first. */
  readonly seq: number;
  readonly at: number;
  readonly state: GoalState;
  /** Submitted to wait, and not started. */
  readonly held: boolean;
  readonly paused: Pause | null;
  /** Scope of the kill switch that had stopped it last, until it went on. */
  readonly halted: string | null;
  readonly planVersion: number;
  readonly replans: number;
  /** Of the plan in force, in its order. Before the plan is taken up: what was kept from another goal. */
  readonly tasks: readonly ReplayedTask[];
  /** Tasks of earlier plans that a replan dropped, as they were then. */
  readonly dropped: readonly ReplayedTask[];
}
