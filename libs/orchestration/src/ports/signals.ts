/**
 * Hints that there may be something to do. A hint may be lost or come twice: the store is the truth, and a slow sweep
 * finds what a lost hint would have told.
 */
export interface WorkSignals {
  /** Called when goals may be due. Gives the function that ends the subscription. */
  onWork(listener: () => void): () => void;
  /** Called when there may be commands, with the goal's id, or without one when any goal may be meant. */
  onCommand(listener: (goalId: string | undefined) => void): () => void;
  /** Called when a kill switch may have been engaged. */
  onHalt(listener: () => void): () => void;
}
