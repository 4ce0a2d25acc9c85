/**
 * Hints that there may be something to do. A hint may be lost or come twice: the store is the truth, and a slow sweep
 * finds what a lost hint would have told.
 */
export interface WorkSignals {
  /**
   * Called when goals may be due, with the worker that is to look for them, or without one when any may. Gives the
   * function that ends the subscription.
   */
  onWork(listener: (workerId: string | undefined) => void): () => void;
  /** Tells all workers that goals may be due. Never rejects: a hint that fails is a lost hint. */
  tellAll(): Promise<void>;
  /** Called when there may be commands, with the goal's id, or without one when any goal may be meant. */
  onCommand(listener: (goalId: string | undefined) => void): () => void;
  /** Called when calls of goals that other workers make have gone on: with the ids of the goals, or without where all may be meant. */
  onNews(listener: (goalIds: readonly string[] | undefined) => void): () => void;
  /** Called when a kill switch may have been engaged. */
  onHalt(listener: () => void): () => void;
}
