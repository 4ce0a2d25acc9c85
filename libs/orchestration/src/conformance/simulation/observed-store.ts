import type { Clock } from '#libs/kernel';
import type { GoalChange } from '../../ports/goal-store.js';
import type { GoalRecord, TaskRecord } from '../../ports/goal.js';
import { InMemoryGoalStore } from '../in-memory-goal-store.js';

/** What is stored of a goal. */
export interface Stored {
  readonly goal: GoalRecord;
  readonly tasks: readonly TaskRecord[];
}

/** One change that was really stored, with what was there before and after it. */
export interface StoredChange {
  readonly change: GoalChange;
  readonly before: Stored;
  readonly after: Stored;
}

/** A store in memory that tells of every change which it has stored, in the moment in which it does. */
export class ObservedStore extends InMemoryGoalStore {
  constructor(
    clock: Clock,
    private readonly onStored: (stored: StoredChange) => void,
  ) {
    super(clock);
  }

  override async commit(change: GoalChange): Promise<'committed' | 'lost'> {
    const { tenantId, goalId } = change.lease;
    // What an asynchronous method does before it waits is done at once: nothing comes between these three.
    const [before, result, after] = await Promise.all([
      this.read(tenantId, goalId),
      super.commit(change),
      this.read(tenantId, goalId),
    ]);
    // A change that was stored already is taken as stored, and changes nothing.
    if (result === 'committed' && before && after && before.goal !== after.goal) {
      this.onStored({ change, before, after });
    }
    return result;
  }
}
