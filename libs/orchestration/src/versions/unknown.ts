import { TASK_STATES, goalStates } from '../machine/states.js';
import type { GoalCommand, LeasedGoal } from '../ports/goal-store.js';

/** Every kind of command, so that the types see to it that none is missing. */
const COMMAND_KINDS: Record<GoalCommand['kind'], true> = {
  start: true,
  cancel: true,
  pause: true,
  resume: true,
  decide: true,
};

/**
 * What of a stored goal this version does not know, in words that follow "it has"; undefined when it knows all. The
 * types promise that there is nothing; but rows outlive programs, and may come from another one.
 */
export function unknownOf({ goal, plan, tasks, commands }: LeasedGoal): string | undefined {
  if (!goalStates.includes(goal.state)) return `the state "${goal.state}"`;
  if (!Array.isArray(plan.tasks)) return 'a plan without a list of tasks';
  const task = tasks.find(({ state }) => !TASK_STATES.includes(state));
  if (task) return `a task in the state "${task.state}"`;
  const command = commands.find(({ kind }) => !Object.hasOwn(COMMAND_KINDS, kind));
  return command && `a command of the kind "${command.kind}"`;
}
