import type { JsonObject } from '#libs/kernel';
import type { GoalState } from '../machine/states.js';
import type { Plan } from '../plan/plan.js';
import type { NewDispatch, OpenDispatch } from './dispatch.js';
import type { Actor, GoalRecord, Halt, Resolution, Submitter, TaskRecord, UncertainCall } from './goal.js';
import type { ApprovalAction, FileChange, Risk } from './tools.js';

/** One row of a goal's journal; `seq` is given by the store. */
export interface JournalEntry {
  readonly at: number;
  readonly type: string;
  readonly from: GoalState | null;
  readonly to: GoalState | null;
  readonly actor: Actor;
  readonly reason: string | null;
  readonly data: JsonObject | null;
}

/** Something that the organisation must know; its name and payload are in the catalogue of events. */
export interface GoalEvent {
  readonly type:
    | 'goal.created'
    | 'goal.completed'
    | 'goal.failed'
    | 'goal.cancelled'
    | 'goal.paused'
    | 'goal.resumed'
    | 'goal.halted'
    | 'approval.required'
    | 'approval.refused'
    | 'approval.voided'
    | 'safety.violation';
  readonly actor: Actor;
  readonly data: JsonObject;
}

/** A file of the goal, kept when the task that left it succeeded. */
export interface ArtifactChange {
  readonly id: string;
  readonly taskId: string;
  readonly file: FileChange;
  /** Position, among the journal rows of the same change, of the one that tells of it. */
  readonly row: number;
}

/** An approval that a task waits for. */
export interface ApprovalRequest {
  readonly id: string;
  readonly taskId: string;
  readonly tool: string;
  /** What a person must agree to; null for an uncertain call that needed nobody’s leave. */
  readonly action: ApprovalAction | null;
  readonly risk: Risk;
  readonly arguments: JsonObject;
  readonly checkCommand: readonly string[] | null;
  readonly hash: string;
  /** Why somebody is asked. */
  readonly reason: string;
  readonly requestedBy: Submitter;
  readonly expiresAt: number;
  readonly uncertain: UncertainCall | null;
}

/** What an owner changes about approvals. Decisions are made elsewhere, and reach it as commands. */
export type ApprovalChange =
  | ({ readonly kind: 'ask' } & ApprovalRequest)
  /** Ends one that is still pending. */
  | { readonly kind: 'close'; readonly id: string; readonly state: 'expired' | 'void'; readonly reason: string };

/** A right to write a goal. The token fences: a store refuses it once somebody else has taken the goal. */
export interface Lease {
  readonly tenantId: string;
  readonly goalId: string;
  readonly token: number;
}

/** What a person decided about an approval. */
export interface Decision {
  readonly approvalId: string;
  readonly approved: boolean;
  /** For the outcome of an uncertain call, where it is approved; null otherwise. */
  readonly resolution: Resolution | null;
}

/** Something that is asked of a goal's owner. */
export type GoalCommand = {
  readonly id: string;
  readonly goalId: string;
  readonly actor: Actor;
  readonly reason: string | null;
} & (
  | { readonly kind: 'start' | 'cancel' | 'pause' | 'resume'; readonly decision?: undefined }
  | { readonly kind: 'decide'; readonly decision: Decision }
);

/** A goal with everything that its new owner needs to go on. */
export interface LeasedGoal {
  readonly lease: Lease;
  readonly goal: GoalRecord;
  readonly plan: Plan;
  readonly tasks: readonly TaskRecord[];
  readonly commands: readonly GoalCommand[];
  /** Calls that other workers were given. */
  readonly dispatches: readonly OpenDispatch[];
  /** Database time at which the lease was given. */
  readonly now: number;
  /** How often it has been leased since something of it was last stored; 1 when all is well. */
  readonly claims: number;
  /** Engaged kill switch: it was claimed for the sake of a command only. */
  readonly halt: Halt | null;
}

/** A version of a goal's plan; 1 is the submitted one. */
export interface PlanVersion {
  readonly version: number;
  readonly plan: Plan;
}

/** What an owner changes in one step: all of it becomes true together, or nothing. */
export interface GoalChange {
  readonly lease: Lease;
  readonly goal: GoalRecord;
  /** `last_seq` that the owner knows: a change that was committed already is not written twice. */
  readonly expectedSeq: number;
  /** New versions of the plan, ascending: several where replans were folded into one change. */
  readonly plans: readonly PlanVersion[];
  readonly tasks: readonly TaskRecord[];
  readonly journal: readonly JournalEntry[];
  readonly events: readonly GoalEvent[];
  readonly artifacts: readonly ArtifactChange[];
  readonly approvals: readonly ApprovalChange[];
  readonly handledCommands: readonly string[];
  /** Calls for other workers, and the ids of such as have been dealt with. */
  readonly dispatches: readonly NewDispatch[];
  readonly endedDispatches: readonly string[];
  /** Gives the lease back: claimable again at `wakeAt`, or only by a command (null). */
  readonly release: { readonly wakeAt: number | null } | null;
}

/** Who wants to own a goal, and for how long before the lease is renewed. */
export interface LeaseRequest {
  readonly workerId: string;
  readonly leaseMs: number;
}

/** A goal that nobody has seen yet. */
export interface NewGoal {
  readonly goal: GoalRecord;
  readonly pattern: string | null;
  readonly budget: JsonObject | null;
  readonly retryOf: string | null;
  /** Where it branched off another goal: after row `seq` of that goal's journal. */
  readonly forkedFrom: { readonly goalId: string; readonly seq: number } | null;
  /** Input files in the workspace. */
  readonly files: readonly JsonObject[];
  readonly plan: Plan;
  /** How the plan was made; null for one that a person wrote. */
  readonly plannedBy: JsonObject | null;
  /** Results kept from the goal that this one retries. */
  readonly tasks: readonly TaskRecord[];
  readonly artifacts: readonly ArtifactChange[];
  readonly journal: readonly JournalEntry[];
  readonly events: readonly GoalEvent[];
}

/**
 * Where goals live. Only the holder of a goal's lease writes it; everything else goes through commands. All
 * implementations pass the suite in `conformance/`. Methods throw `unavailable` when the store cannot be reached.
 */
export interface GoalStore {
  /** Stores a goal with its first journal rows. `exists` when the id is taken: a repeated submission. */
  submit(goal: NewGoal): Promise<'stored' | 'exists'>;
  /**
   * Stores a goal that already belongs to whoever stores it, which spares a claim. `stored` when it could not be leased
   * because of a kill switch: it is then claimed as any other.
   */
  submitLeased(goal: NewGoal, lease: LeaseRequest): Promise<LeasedGoal | 'stored' | 'exists'>;
  /**
   * Leases up to `limit` goals that are due and under no kill switch, tenants with the fewest running goals first, within a tenant by
   * priority and age. A goal with unhandled commands is due as well unless it is leased, also under a kill switch, and comes
   * before all others; with `onlyCommanded` there are no others. Goals of a machine newer than `machine` (this
   * program's own unless told otherwise) are left to others.
   */
  claim(request: {
    readonly workerId: string;
    readonly limit: number;
    readonly leaseMs: number;
    readonly onlyCommanded?: boolean;
    readonly machine?: number;
  }): Promise<readonly LeasedGoal[]>;
  /**
   * Leases up to `limit` goals of a machine newer than `machine` that have been due, or have had an unhandled command,
   * for `patienceMs`, that are under no kill switch, and that nobody is there to carry. Such as are paused for that very
   * reason are left as they are.
   */
  claimStranded(request: {
    readonly workerId: string;
    readonly limit: number;
    readonly leaseMs: number;
    readonly patienceMs: number;
    readonly machine?: number;
  }): Promise<readonly LeasedGoal[]>;
  /**
   * Writes a change if the lease still holds; `lost` otherwise. One without journal rows may come once more, and late:
   * the time worked never runs back for it.
   */
  commit(change: GoalChange): Promise<'committed' | 'lost'>;
  /** Prolongs leases; gives the ids of the goals that are no longer ours. */
  renew(leases: readonly Lease[], leaseMs: number): Promise<ReadonlySet<string>>;
  /** Unhandled commands for these leased goals, oldest first. */
  commandsFor(leases: readonly Lease[]): Promise<readonly GoalCommand[]>;
  /** What has become of the calls of these leased goals that other workers were given. */
  dispatchNews(leases: readonly Lease[]): Promise<readonly OpenDispatch[]>;
  /**
   * Takes a call back: nobody begins it any more. When a worker has it (`begun`), that one is told to stop, or left alone.
   */
  withdraw(lease: Lease, dispatchId: string, begun: 'stop' | 'leave'): Promise<'unbegun' | 'begun'>;
  /** Asks something of a goal's owner, and wakes it. */
  command(tenantId: string, command: GoalCommand): Promise<void>;
}
