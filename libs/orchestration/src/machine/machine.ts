import { MACHINE_ERRORS } from '../orchestration.errors.js';
import { type Facts, GUARDS, type Outcome } from './outcomes.js';
import { type GoalState, isFinal } from './states.js';
import { type Row, TRANSITIONS } from './transitions.js';

/** A step that the table allows. Only `next` makes one, so nothing else can move a goal. */
export interface Transition {
  readonly from: GoalState;
  readonly outcome: Outcome;
  readonly to: GoalState;
  readonly effect: Row['effect'];
}

function matches(row: Row, from: GoalState): boolean {
  return row.from === from || (row.from === 'ANY' && !isFinal(from));
}

/** The step that `outcome` causes in `from`. Throws `transition_refused` where the table lists none. */
export function next(from: GoalState, outcome: Outcome, facts: Facts): Transition {
  const row = TRANSITIONS.find((each) => each.outcome === outcome && matches(each, from) && GUARDS[each.when](facts));
  if (!row) {
    const wanted = [...new Set(TRANSITIONS.filter((each) => each.outcome === outcome).map((each) => each.to))];
    throw MACHINE_ERRORS.make(
      'transition_refused',
      `A goal in ${from} cannot go to ${wanted.join(' or ')}: "${outcome}" is not listed for ${from}.`,
    );
  }
  return { from, outcome, to: row.to, effect: row.effect };
}

/** Throws `transition_refused`, naming both states, unless some row leads from the one to the other. */
export function assertListed(from: GoalState, to: GoalState): void {
  if (!TRANSITIONS.some((row) => matches(row, from) && row.to === to)) {
    throw MACHINE_ERRORS.make('transition_refused', `A goal in ${from} cannot go to ${to}.`);
  }
}
