/** What can come out of a state: the alphabet of the machine. */
export const OUTCOMES = [
  /** Somebody submitted the goal. */
  'submitted',
  /** A worker took it up. */
  'started',
  /** The analyst has an answer. */
  'analysed',
  /** There is a valid plan. */
  'decomposed',
  /** Every task knows who does it. */
  'assigned',
  /** Nothing is left to run: every task succeeded, or a check said that going on is pointless. */
  'executed',
  /** A task is out of attempts. */
  'task_failed',
  /** The critic accepts the results. */
  'accepted',
  /** The critic does not. */
  'rejected',
  /** The failures were looked at, and there is room for another plan. */
  'replanned',
  /** The memory has what there was to keep. */
  'remembered',
  /** The lessons are written down. */
  'reflected',
  /** A limit, the deadline, a safety violation or an error that no retry helps. */
  'aborted',
  /** Somebody cancelled. */
  'cancelled',
] as const;

export type Outcome = (typeof OUTCOMES)[number];

/** What the guards of the table look at. */
export interface Facts {
  /** The plan lets at least two tasks run at the same time. */
  readonly parallel: boolean;
  /** The plan asks for replanning after a failure and the goal has a replan left. */
  readonly mayReplan: boolean;
}

/** Guards by name, so that the table reads as a specification. */
export const GUARDS = {
  always: () => true,
  parallel: (facts: Facts) => facts.parallel,
  'may replan': (facts: Facts) => facts.mayReplan,
} as const satisfies Record<string, (facts: Facts) => boolean>;

export type Guard = keyof typeof GUARDS;

/** What a transition does beside changing the state. */
export type Effect =
  | 'none'
  /** The goal's clock starts. */
  | 'start'
  /** One replan is used up. */
  | 'count replan'
  /** The result is put together. */
  | 'complete'
  /** The reason is kept, and what has not run is closed. */
  | 'fail'
  /** What has not run is closed. */
  | 'cancel';
