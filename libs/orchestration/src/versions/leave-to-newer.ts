import { MACHINE_VERSION } from '../machine/version.js';
import type { Actor, Pause } from '../ports/goal.js';
import type { GoalChange, LeasedGoal } from '../ports/goal-store.js';

/** Why a goal of a newer machine does not go on, and what to do about it. */
export function strandedReason(machine: number): string {
  return (
    `It was last carried by version ${machine} of the machine, and no process that knows it is running; ` +
    `this one knows version ${MACHINE_VERSION}. Start the newer version of the program again: the goal then goes on by itself.`
  );
}

/** Why a goal with something unknown in it does not go on. */
export function unknownReason(unknown: string): string {
  return (
    `It has ${unknown}, which version ${MACHINE_VERSION} of the machine does not know. ` +
    'Start the newer version of the program that has written it: the goal then goes on by itself.'
  );
}

/**
 * The change by which a goal is left to processes of a newer machine: paused with the reason, so that everybody sees
 * why nothing happens, and due, so that the first of those processes takes it up. What it does not know it does not touch.
 */
export function leaveToNewer({ lease, goal, now }: LeasedGoal, by: Actor, reason: string): GoalChange {
  const machine = Math.max(goal.machine, MACHINE_VERSION + 1);
  const since = Math.floor(now);
  const before = goal.paused?.machine === undefined ? goal.paused : goal.paused.before;
  const paused: Pause = { since, by, reason, machine, ...(before && { before }) };
  return {
    lease,
    goal: { ...goal, machine, paused, lastSeq: goal.lastSeq + 1 },
    expectedSeq: goal.lastSeq,
    plans: [],
    tasks: [],
    journal: [{ at: since, type: 'goal.paused', from: null, to: null, actor: by, reason, data: { machine } }],
    events: [{ type: 'goal.paused', actor: by, data: { reason } }],
    artifacts: [],
    approvals: [],
    handledCommands: [],
    dispatches: [],
    endedDispatches: [],
    release: { wakeAt: since },
  };
}
