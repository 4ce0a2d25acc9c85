import type { Clock } from '#libs/kernel';
import type { OutputChecker } from '../ports/checker.js';
import type { LateResult } from '../ports/dispatch.js';
import type { Actor } from '../ports/goal.js';
import type { GoalStore } from '../ports/goal-store.js';
import type { Mind } from '../ports/mind.js';
import type { ToolCatalogues } from '../ports/tools.js';
import type { Capability, WorkerDirectory } from '../ports/workers.js';
import type { Placement } from '../dispatch/strategies.js';
import type { Gate } from '../safety/gate.js';
import type { Limits } from './limits.js';
import type { SlotPool } from './slots.js';

/** Everything that governing goals needs from outside. */
export interface GovernorDeps {
  readonly store: GoalStore;
  readonly gate: Gate;
  readonly tools: ToolCatalogues;
  readonly checker: OutputChecker;
  readonly mind: Mind;
  readonly slots: SlotPool;
  /** What this process can do itself. */
  readonly capabilities: ReadonlySet<Capability>;
  /** The workers that calls can be handed to, and how one is chosen. */
  readonly workers: WorkerDirectory;
  readonly placement: Placement;
  readonly clock: Clock;
  readonly limits: Limits;
  /** New UUIDs. */
  readonly ids: () => string;
  /** 0 ≤ x < 1. */
  readonly random: () => number;
  /** Tells the operator of a defect or of trouble with the infrastructure. */
  readonly report: (error: unknown, about: { readonly goalId?: string; readonly taskId?: string }) => void;
  /** Hears of results that came too late to be stored. */
  readonly onLate: (result: LateResult) => void;
  /** This process as an actor of journals. */
  readonly worker: Actor;
  /** UUID of this process. */
  readonly workerId: string;
}
