import type { Place } from '../arena.js';
import type { Processes } from '../processor.js';

/** Somebody who carries goal-10 from nothing to its recorded end. */
export interface Contender extends AsyncDisposable {
  readonly name: string;
  /** Its database; absent where it keeps its records elsewhere. */
  readonly place?: Place;
  readonly processes: Processes;
  /**
   * Runs goals, `lanes` at the same time, each until its end is stored and known; gives how long each took, in
   * milliseconds.
   */
  run(times: number, lanes: number): Promise<readonly number[]>;
  /** Throws unless every goal so far has really ended well. */
  verify(): Promise<void>;
  /** Rows that are there of a goal at its end. */
  rows?(): Promise<number>;
}
