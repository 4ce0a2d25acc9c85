import type { JsonObject, JsonValue } from '#libs/kernel';
import type { GoalState, TaskState } from '../machine/states.js';
import type { OnFailure } from '../plan/plan.js';
import type { Failure } from './tools.js';

/** Who did something, as it stands in journals: ids in their public form. */
export interface Actor {
  readonly kind: string;
  readonly id: string;
  readonly name: string;
}

/** In whose name a goal runs; the gate looks at the rights again before each call. */
export interface Submitter extends Actor {
  /** UUID of the accountable user, or null. */
  readonly user_id: string | null;
}

export const PRIORITIES = ['low', 'normal', 'high', 'critical'] as const;
export type Priority = (typeof PRIORITIES)[number];

export interface Pause {
  /** Milliseconds since the epoch, database time. */
  readonly since: number;
  readonly by: Actor;
  readonly reason: string | null;
  /** Paused by the engine, for want of a process that knows this version of the machine; the first that does goes on. */
  readonly machine?: number;
  /** The pause that stood before, and comes back then. */
  readonly before?: Pause;
}

export interface Progress {
  readonly total: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly running: number;
  readonly waiting: number;
}

/** What counts against a goal's hard limits. */
export interface Usage {
  /** 0 for a goal that a person or a program submitted; one more for each goal that a goal submits. */
  readonly depth: number;
  readonly tokens: number;
  readonly agents: number;
}

export const NOTHING_USED: Usage = { depth: 0, tokens: 0, agents: 0 };

/** A goal as its owner carries it. All times are milliseconds since the epoch, database time. */
export interface GoalRecord {
  readonly tenantId: string;
  readonly id: string;
  readonly description: string;
  readonly priority: Priority;
  readonly context: JsonObject;
  readonly deadline: number | null;
  readonly onFailure: OnFailure;
  readonly submitter: Submitter;
  /** Submitted with `start: false` and not yet started. */
  readonly held: boolean;
  readonly state: GoalState;
  readonly paused: Pause | null;
  readonly planVersion: number;
  readonly replans: number;
  readonly progress: Progress;
  readonly result: JsonValue | null;
  readonly error: Failure | null;
  readonly usage: Usage;
  /** Time spent working, without pauses and waiting for people. */
  readonly activeMs: number;
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  /** Number of the newest journal row. */
  readonly lastSeq: number;
  /** Version of the machine that wrote it last. */
  readonly machine: number;
}

/** What an approved question about an uncertain call came to. */
export type Resolution =
  /** It is made once more, with the same idempotency key. */
  | { readonly kind: 'repeat' }
  /** It took effect: its task has succeeded, with this output; without one, with what is known of it, or null. */
  | { readonly kind: 'took_effect'; readonly output?: JsonValue };

/** A call of which nobody knows whether it took effect, and which is not repeated blindly (TOL-7). */
export interface UncertainCall {
  /** Which attempt of its task it was. */
  readonly attempt: number;
  /** When it began. */
  readonly since: number;
  /** By which others recognise a repetition; null where it was only the command of a check that was seen. */
  readonly idempotencyKey: string | null;
  /** Why it is not known. */
  readonly reason: string;
  /** What it gave, where that is known: then it was stopped while its result was checked. */
  readonly output?: JsonValue;
  /** What a person decided, until that is done. */
  readonly resolution: Resolution | null;
}

/** What a person was asked about a task, and said. */
export interface TaskApproval {
  /** UUID of the approval. */
  readonly id: string;
  /** Of the call that it was asked for; see `argumentsHash`. */
  readonly hash: string;
  readonly state: 'pending' | 'approved';
  readonly expiresAt: number;
  /** Who approved. */
  readonly by: Actor | null;
  /** The call whose outcome was asked about; null where it was asked whether one may be made. */
  readonly uncertain: UncertainCall | null;
}

/** A task as it is stored. */
export interface TaskRecord {
  readonly id: string;
  readonly key: string;
  readonly position: number;
  readonly planVersion: number;
  readonly state: TaskState;
  readonly attempts: number;
  readonly dependsOn: readonly string[];
  readonly tool: string;
  readonly output: JsonValue | undefined;
  readonly outputBytes: number;
  readonly error: Failure | null;
  readonly workerId: string | null;
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  /** When the next attempt may begin. */
  readonly retryAt: number | null;
  readonly approval: TaskApproval | null;
}

/** A kill switch that is engaged: nothing new starts, and what runs is stopped, until somebody lifts it (SAF-7). */
export interface Halt {
  readonly scope: 'goal' | 'tenant' | 'installation';
  readonly by: Actor;
  readonly reason: string | null;
}
