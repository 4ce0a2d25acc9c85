import type { Capability, WorkerDirectory, WorkerInfo } from '#libs/orchestration';
import type { LeaseKey } from '#libs/persistence';

/** This process as a worker: what it is, and where its load is counted. */
export abstract class OwnWorker {
  /** UUID, new with each start. */
  abstract readonly id: string;
  abstract readonly name: string;
  abstract readonly capabilities: ReadonlySet<Capability>;
  /** Tasks of others that it takes on at once. */
  abstract readonly capacity: number;

  /** From now on, `count` tells how many goals are in its hands. */
  abstract countGoals(count: () => number): void;
  /** From now on, `count` tells how many tasks of others it runs. */
  abstract countTasks(count: () => number): void;
}

/** Prolongs the leases of goals along with the heartbeat of this process, past the pool. */
export abstract class LeaseKeeper {
  /** Gives the ids of the goals whose lease still holds. */
  abstract renew(leases: readonly LeaseKey[], leaseMs: number): Promise<ReadonlySet<string>>;
}

/** The workers that work can be handed to. */
export abstract class LiveWorkers implements WorkerDirectory {
  abstract live(): readonly WorkerInfo[];
}
