import { MACHINE_VERSION } from '../machine/version.js';
import type { Plan } from '../plan/plan.js';
import { type GoalRecord, NOTHING_USED } from '../ports/goal.js';
import type { LeasedGoal, NewGoal } from '../ports/goal-store.js';

/** What a submission says of a goal; everything else follows from its being new. */
export type Submission = Pick<
  GoalRecord,
  'tenantId' | 'id' | 'description' | 'priority' | 'context' | 'deadline' | 'onFailure' | 'submitter' | 'held'
>;

/** A goal as it is before anything has been done about it. */
export function receivedGoal(submission: Submission, plan: Plan): GoalRecord {
  const total = plan.tasks.length;
  return {
    ...submission,
    state: 'RECEIVED',
    paused: null,
    planVersion: 1,
    replans: 0,
    progress: { total, succeeded: 0, failed: 0, running: 0, waiting: total },
    result: null,
    error: null,
    usage: NOTHING_USED,
    activeMs: 0,
    startedAt: null,
    finishedAt: null,
    lastSeq: 0,
    machine: MACHINE_VERSION,
  };
}

/** A goal in the hands of whoever has just stored it, `now` by the store's clock. */
export function newlyLeased({ goal, plan, tasks, journal }: NewGoal, now: number): LeasedGoal {
  return {
    lease: { tenantId: goal.tenantId, goalId: goal.id, token: 1 },
    goal: { ...goal, lastSeq: journal.length },
    plan,
    tasks,
    commands: [],
    dispatches: [],
    now,
    claims: 1,
    halt: null,
  };
}
