import type { PlanVersion } from '#libs/orchestration';
import type { InMemoryGoalStore } from '../../libs/orchestration/src/conformance/in-memory-goal-store.js';

type Stored = NonNullable<Awaited<ReturnType<InMemoryGoalStore['read']>>>;

/** A goal as some version of the machine had stored it; the README says what each part is. Never changed once recorded. */
export interface History {
  /** The file is called after it and the machine. */
  readonly name: string;
  /** What can be seen in it, in a sentence. */
  readonly shows: string;
  /** Version of the machine that wrote it. */
  readonly machine: number;
  /** When the snapshot was taken: milliseconds since the epoch. */
  readonly at: number;
  /** What version 1 wrote has no version of its own. */
  readonly goal: Omit<Stored['goal'], 'machine'> & { readonly machine?: number };
  readonly plans: readonly PlanVersion[];
  readonly tasks: Stored['tasks'];
  readonly journal: Stored['journal'];
  readonly approvals: readonly (Omit<Stored['approvals'][number], 'state'> & { readonly state: string })[];
}
