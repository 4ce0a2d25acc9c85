import type { Effect, Guard, Outcome } from './outcomes.js';
import type { GoalState } from './states.js';

/** A row of the machine: in `from`, `outcome` leads to `to` where the guard holds. `ANY` is any state that is not final. */
export interface Row {
  readonly from: GoalState | 'ANY';
  readonly outcome: Outcome;
  readonly to: GoalState;
  readonly when: Guard;
  readonly effect: Effect;
}

type Columns = readonly [from: Row['from'], outcome: Outcome, to: GoalState, when: Guard, effect: Effect];

/**
 * The whole machine. It reads from the top: the first row that matches wins, and what no row lists is refused.
 * The diagram in the README is drawn from it.
 */
// oxfmt-ignore
const TABLE: readonly Columns[] = [
  // from                 outcome        to                    when          effect
  ['IDLE',               'submitted',   'RECEIVED',           'always',     'none'],
  ['RECEIVED',           'started',     'INTENT_ANALYSIS',    'always',     'start'],
  ['INTENT_ANALYSIS',    'analysed',    'TASK_DECOMPOSITION', 'always',     'none'],
  ['TASK_DECOMPOSITION', 'decomposed',  'AGENT_ASSIGNMENT',   'always',     'none'],
  ['AGENT_ASSIGNMENT',   'assigned',    'PARALLEL_EXECUTING', 'parallel',   'none'],
  ['AGENT_ASSIGNMENT',   'assigned',    'EXECUTING',          'always',     'none'],
  ['EXECUTING',          'executed',    'VERIFYING',          'always',     'none'],
  ['EXECUTING',          'task_failed', 'REPLANNING',         'may replan', 'count replan'],
  ['EXECUTING',          'task_failed', 'FAILED',             'always',     'fail'],
  ['PARALLEL_EXECUTING', 'executed',    'VERIFYING',          'always',     'none'],
  ['PARALLEL_EXECUTING', 'task_failed', 'REPLANNING',         'may replan', 'count replan'],
  ['PARALLEL_EXECUTING', 'task_failed', 'FAILED',             'always',     'fail'],
  ['VERIFYING',          'accepted',    'WRITING_MEMORY',     'always',     'none'],
  ['VERIFYING',          'rejected',    'REPLANNING',         'may replan', 'count replan'],
  ['VERIFYING',          'rejected',    'FAILED',             'always',     'fail'],
  ['REPLANNING',         'replanned',   'TASK_DECOMPOSITION', 'always',     'none'],
  ['WRITING_MEMORY',     'remembered',  'REFLECTING',         'always',     'none'],
  ['REFLECTING',         'reflected',   'COMPLETED',          'always',     'complete'],
  ['ANY',                'aborted',     'FAILED',             'always',     'fail'],
  ['ANY',                'cancelled',   'CANCELLED',          'always',     'cancel'],
];

export const TRANSITIONS: readonly Row[] = TABLE.map(([from, outcome, to, when, effect]) => ({
  from,
  outcome,
  to,
  when,
  effect,
}));
