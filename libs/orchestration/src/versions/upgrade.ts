import { MACHINE_VERSION } from '../machine/version.js';
import type { LeasedGoal } from '../ports/goal-store.js';

/** What is stored of a goal in flight, in the form of some version of the machine. */
export type StoredGoal = Pick<LeasedGoal, 'goal' | 'plan' | 'tasks'>;

/** From the stored form of the version that it stands under to that of the next. Pure, and never taken away. */
export const UPCASTERS: Readonly<Record<number, (stored: StoredGoal) => StoredGoal>> = {
  // Version 1 only ever asked whether a call may be made, never what had become of one.
  1: (stored) => ({
    ...stored,
    tasks: stored.tasks.map((task) =>
      task.approval === null ? task : { ...task, approval: { ...task.approval, uncertain: null } },
    ),
  }),
};

/**
 * A goal in the form of this version of the machine, whichever older one wrote it. Where it was paused for want of a
 * process that knows its machine, it is not any more: here is one.
 */
export function upgraded(leased: LeasedGoal): LeasedGoal {
  let stored: StoredGoal = leased;
  for (let version = leased.goal.machine; version < MACHINE_VERSION; version += 1) {
    stored = UPCASTERS[version]!(stored);
  }
  const { goal } = stored;
  const paused = goal.paused?.machine === undefined ? goal.paused : (goal.paused.before ?? null);
  return { ...leased, ...stored, goal: { ...goal, paused, machine: MACHINE_VERSION } };
}
