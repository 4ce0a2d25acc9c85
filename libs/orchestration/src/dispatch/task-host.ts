import { type Clock, hasCode } from '#libs/kernel';
import { LeaseTimer } from '../governor/lease-timer.js';
import { failure } from '../orchestration.errors.js';
import type {
  DispatchLease,
  DispatchSignals,
  DispatchStore,
  Ending,
  LateResult,
  TakenCall,
} from '../ports/dispatch.js';
import type { ToolCatalogues } from '../ports/tools.js';
import type { Capability } from '../ports/workers.js';
import type { Gate } from '../safety/gate.js';

export interface TaskHostSettings {
  /** Calls of others' goals that are made at the same time. */
  readonly capacity: number;
  readonly needs: readonly Capability[];
  readonly leaseMs: number;
  /** How often to look for calls that no signal told of, in milliseconds. */
  readonly sweepMs: number;
}

export interface TaskHostDeps {
  readonly store: DispatchStore;
  readonly gate: Gate;
  readonly tools: ToolCatalogues;
  readonly clock: Clock;
  readonly workerId: string;
  readonly report: (error: unknown, about: { readonly goalId?: string; readonly taskId?: string }) => void;
  /** Hears of an ending that came after its lease was over, and counts for nothing. */
  readonly onLate: (result: LateResult) => void;
}

const RETRY_MS = 250;
const TICK_MS = 100;

interface Held {
  readonly taken: TakenCall;
  readonly lease: LeaseTimer;
  readonly stopper: AbortController;
  readonly done: Promise<void>;
}

/**
 * The part of a process that makes calls for the owners of other goals. Each passes the gate of this process, as if the
 * goal were its own; it ends with one row that says how, fenced by the lease.
 */
export class TaskHost {
  private readonly held = new Map<string, Held>();
  private stops: (() => void)[] = [];
  private taking: Promise<void> | undefined;
  private lookAgain = false;
  private stopping = false;
  private keeping = false;

  constructor(
    private readonly deps: TaskHostDeps,
    private readonly signals: DispatchSignals,
    private readonly settings: TaskHostSettings,
  ) {}

  /** Calls that are being made. */
  get size(): number {
    return this.held.size;
  }

  start(): void {
    const { leaseMs, sweepMs } = this.settings;
    const timers = [
      setInterval(() => this.sweep(), sweepMs),
      setInterval(() => this.tick(), TICK_MS),
      setInterval(() => void this.keep(), leaseMs / 3),
    ];
    this.stops = [
      this.signals.onDispatch((workerId) => {
        if (workerId === undefined || workerId === this.deps.workerId) this.look();
      }),
      this.signals.onWithdrawn((id) => (id === undefined ? void this.keep() : this.held.get(id)?.stopper.abort())),
      () => timers.forEach((timer) => clearInterval(timer)),
    ];
    this.look();
  }

  /** Takes nothing new, lets what runs end for `patienceMs`, then stops it. What was stopped and may be repeated is given back. */
  async stop(patienceMs: number): Promise<void> {
    this.stopping = true;
    await this.taking;
    const patience = setTimeout(() => {
      for (const { stopper } of this.held.values()) stopper.abort();
    }, patienceMs);
    await Promise.all(Array.from(this.held.values(), ({ done }) => done));
    clearTimeout(patience);
    for (const stop of this.stops) stop();
  }

  private sweep(): void {
    this.deps.store.endLost().catch((error: unknown) => this.deps.report(error, {}));
    this.look();
  }

  private look(): void {
    this.lookAgain = true;
    this.taking ??= this.takeWhileThereIs().finally(() => {
      this.taking = undefined;
    });
  }

  private async takeWhileThereIs(): Promise<void> {
    try {
      while (this.lookAgain && !this.stopping) {
        this.lookAgain = false;
        const limit = this.settings.capacity - this.held.size;
        if (limit <= 0) return;
        const { leaseMs, needs } = this.settings;
        const lease = new LeaseTimer(this.deps.clock, leaseMs);
        const taken = await this.deps.store.take({ workerId: this.deps.workerId, needs, limit, leaseMs });
        for (const each of taken) this.begin(each, lease.copy());
      }
    } catch (error) {
      this.deps.report(error, {});
    }
  }

  private begin(taken: TakenCall, lease: LeaseTimer): void {
    const { id } = taken.lease;
    // The lease of a call in hand may have run out and come back to us.
    this.held.get(id)?.stopper.abort();
    const stopper = new AbortController();
    const done = this.carry(taken, lease, stopper.signal)
      .catch((error: unknown) => this.deps.report(error, aboutOf(taken)))
      .finally(() => {
        if (this.held.get(id)?.stopper === stopper) this.held.delete(id);
        if (!this.stopping) this.look();
      });
    this.held.set(id, { taken, lease, stopper, done });
  }

  private async carry(taken: TakenCall, lease: LeaseTimer, signal: AbortSignal): Promise<void> {
    const ending = await this.make(taken, lease, signal);
    if (ending) await this.settle(taken, lease, ending);
    else await this.deps.store.handBack(taken.lease);
  }

  /** Makes the call through the gate. Undefined when it may as well be made by somebody else. */
  private async make({ work, lease }: TakenCall, timer: LeaseTimer, signal: AbortSignal): Promise<Ending | undefined> {
    const { call, submitter, usage, activeMs, approvable, approval } = work;
    const tool = (await this.deps.tools.of(lease.tenantId)).find(call.tool);
    if (!tool) {
      const error = { code: 'unknown_tool', detail: `The worker that was to run it has no tool "${call.tool}".` };
      return { kind: 'refused', check: 'tool', error, violation: false, retryable: false };
    }
    const goal = { tenantId: lease.tenantId, id: lease.goalId, submitter, usage };
    const request = { tool, arguments: call.arguments, goal, activeMs, approvable, approval };
    const passage = await this.deps.gate.pass(request, { ...call, signal }, () => timer.isFresh());
    // It was stopped because this process ends, and not because anybody wanted that.
    const isHandedOn = this.stopping && signal.aborted && tool.facts(call.arguments).effect !== 'non_idempotent';
    return passage.kind === 'unasked' || isHandedOn ? undefined : passage;
  }

  /** Stores the ending, again while the store cannot be reached and the lease lasts. */
  private async settle(taken: TakenCall, lease: LeaseTimer, ending: Ending): Promise<void> {
    for (;;) {
      try {
        if ((await this.deps.store.finish(taken.lease, ending)) === 'late') this.late(taken);
        return;
      } catch (error) {
        if (!hasCode(error, 'unavailable')) return this.settleUnstorable(taken, error);
        if (lease.isOver()) return this.late(taken);
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }

  private late({ lease: { tenantId, goalId }, work }: TakenCall): void {
    this.deps.onLate({ tenantId, goalId, taskIds: [work.call.taskId] });
  }

  /** The store refuses the ending itself, e.g. for a character in it: its owner must not wait for ever. */
  private async settleUnstorable(taken: TakenCall, cause: unknown): Promise<void> {
    this.deps.report(cause, aboutOf(taken));
    const error = failure('internal_error', 'What the tool gave cannot be stored.');
    const outcome = { ok: false as const, error, retryable: false, violation: false, uncertain: true };
    await this.deps.store.finish(taken.lease, { kind: 'ran', outcome });
  }

  private tick(): void {
    for (const { lease, stopper } of this.held.values()) if (lease.isOver()) stopper.abort();
  }

  private async keep(): Promise<void> {
    if (this.held.size === 0 || this.keeping) return;
    this.keeping = true;
    try {
      const all = [...this.held.values()];
      const kept = new LeaseTimer(this.deps.clock, this.settings.leaseMs);
      const leases: DispatchLease[] = all.map(({ taken }) => taken.lease);
      const lost = await this.deps.store.keep(leases, this.settings.leaseMs);
      for (const { taken, lease, stopper } of all) {
        if (lost.has(taken.lease.id)) stopper.abort();
        else lease.prolong(kept);
      }
    } catch (error) {
      this.deps.report(error, {});
    } finally {
      this.keeping = false;
    }
  }
}

function aboutOf({ lease, work }: TakenCall): { goalId: string; taskId: string } {
  return { goalId: lease.goalId, taskId: work.call.taskId };
}
