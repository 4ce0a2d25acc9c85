import type { Approvable, Passage } from './passage.js';
import type { Submitter, TaskApproval, Usage } from './goal.js';
import type { ToolCall } from './tools.js';
import type { Capability } from './workers.js';

/** A call for another worker, with all that its gate asks about. */
export interface DispatchedWork {
  readonly call: Omit<ToolCall, 'signal'>;
  readonly submitter: Submitter;
  readonly usage: Usage;
  /** How long the goal had worked when the call was handed over, in milliseconds. */
  readonly activeMs: number;
  readonly approvable: Approvable;
  readonly approval: TaskApproval | null;
}

/** A call that an owner hands to whoever can make it. It is stored with the state of its task, or not at all. */
export interface NewDispatch {
  readonly id: string;
  readonly taskId: string;
  readonly attempt: number;
  /** Whether it is the task's own call, or the command that checks its result. */
  readonly purpose: 'call' | 'check';
  readonly needs: Capability;
  /** Whether it may be made again when the worker that had it is gone. */
  readonly repeatable: boolean;
  /** The worker that is told of it; null for all. Whoever takes it first has it. */
  readonly hint: string | null;
  readonly work: DispatchedWork;
}

/** How a call ended that another worker had taken. */
export type Ending = Passage;

/** A dispatched call as its goal's owner sees it. */
export interface OpenDispatch {
  readonly id: string;
  readonly goalId: string;
  readonly taskId: string;
  readonly attempt: number;
  readonly purpose: NewDispatch['purpose'];
  /** Whoever has taken it, or null. */
  readonly workerId: string | null;
  /** When it was taken last: milliseconds since the epoch, database time. */
  readonly startedAt: number | null;
  readonly ending: Ending | null;
}

/** A right to make a dispatched call and to say how it ended. The token fences. */
export interface DispatchLease {
  readonly tenantId: string;
  readonly goalId: string;
  readonly id: string;
  readonly token: number;
}

export interface TakenCall {
  readonly lease: DispatchLease;
  readonly work: DispatchedWork;
}

/** The workers' side of dispatch. The store is the truth; signals are hints. Methods throw `unavailable`. */
export interface DispatchStore {
  /**
   * Leases up to `limit` calls that need one of `needs` and that nobody has, or whose worker is gone and which may be
   * repeated; tenants with the fewest running calls first.
   */
  take(request: {
    readonly workerId: string;
    readonly needs: readonly Capability[];
    readonly limit: number;
    readonly leaseMs: number;
  }): Promise<readonly TakenCall[]>;
  /** Says how a call ended. `late` when the lease is over or the call is not wanted any more: nothing is stored. */
  finish(lease: DispatchLease, ending: Ending): Promise<'stored' | 'late'>;
  /** Gives a call back that was not made. */
  handBack(lease: DispatchLease): Promise<void>;
  /** Prolongs leases; gives the ids of calls that are no longer ours, or not wanted any more. */
  keep(leases: readonly DispatchLease[], leaseMs: number): Promise<ReadonlySet<string>>;
  /** Ends what a worker that is gone had taken and which must not be repeated, or was taken too often. */
  endLost(): Promise<void>;
}

/** Results that came after the lease of whoever brought them; nothing of them was stored. */
export interface LateResult {
  readonly tenantId: string;
  readonly goalId: string;
  readonly taskIds: readonly string[];
}

/** Hints for workers that make calls for others. */
export interface DispatchSignals {
  /** Called when there may be calls to take: for one worker by its id, or for all. */
  onDispatch(listener: (workerId: string | undefined) => void): () => void;
  /** Tells all that there are calls to take. A hint that cannot be given is lost; a sweep makes up for it. */
  tellAll(): Promise<void>;
  /** Called when calls are not wanted any more; without an id any may be meant. */
  onWithdrawn(listener: (id: string | undefined) => void): () => void;
  /** Called when a kill switch may have been engaged. */
  onHalt(listener: () => void): () => void;
}
