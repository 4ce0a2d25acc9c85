import { next } from '../machine/machine.js';
import { type Facts, OUTCOMES } from '../machine/outcomes.js';
import type { GoalState } from '../machine/states.js';

/** The states to which the machine can move a goal from this one, while these facts hold. */
export function reachable(from: GoalState, facts: Facts): GoalState[] {
  return OUTCOMES.flatMap((outcome) => {
    try {
      return [next(from, outcome, facts).to];
    } catch {
      return [];
    }
  });
}
