import { LeaseTimer } from '../governor/lease-timer.js';
import type { DispatchSignals, TakenCall } from '../ports/dispatch.js';
import type { Capability } from '../ports/workers.js';
import { HostedCall, type HostedCallDeps, type StopReason } from './hosted-call.js';

export interface TaskHostSettings {
  /** Calls of others' goals that are made at the same time. */
  readonly capacity: number;
  readonly needs: readonly Capability[];
  readonly leaseMs: number;
  /** How often to look for calls that no signal told of, in milliseconds. */
  readonly sweepMs: number;
}

export interface TaskHostDeps extends HostedCallDeps {
  readonly workerId: string;
}

const TICK_MS = 100;

interface Held {
  readonly call: HostedCall;
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
      this.signals.onDispatch((workerId) => this.hear(workerId)),
      this.signals.onHalt(() => void this.obeySwitches()),
      this.signals.onWithdrawn((id) =>
        id === undefined ? void this.keep() : this.held.get(id)?.call.stop('withdrawn'),
      ),
      () => timers.forEach((timer) => clearInterval(timer)),
    ];
    this.look();
  }

  /** Takes nothing new, lets what runs end for `patienceMs`, then stops it. What was stopped and may be repeated is given back. */
  async stop(patienceMs: number): Promise<void> {
    this.stopping = true;
    await this.taking;
    const patience = setTimeout(() => this.stopAll('leaving'), patienceMs);
    await Promise.all(Array.from(this.held.values(), ({ done }) => done));
    clearTimeout(patience);
    for (const stop of this.stops) stop();
  }

  private stopAll(reason: StopReason): void {
    for (const { call } of this.held.values()) call.stop(reason);
  }

  /** A hint for another worker is left to it; one that this worker cannot follow goes to all. */
  private hear(workerId: string | undefined): void {
    const isMine = workerId === this.deps.workerId;
    const isFull = this.held.size >= this.settings.capacity;
    if (isMine && (isFull || this.stopping)) {
      this.signals.tellAll().catch((error: unknown) => this.deps.report(error, {}));
    } else if (isMine || workerId === undefined) this.look();
  }

  private sweep(): void {
    this.deps.store.endLost().catch((error: unknown) => this.deps.report(error, {}));
    this.look();
  }

  private look(): void {
    this.lookAgain = true;
    this.taking ??= this.takeWhileThereIs().finally(() => {
      this.taking = undefined;
      // A look that came after the last one had begun to end.
      if (this.lookAgain && !this.stopping) this.look();
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

  private begin(taken: TakenCall, timer: LeaseTimer): void {
    const { id } = taken.lease;
    const call = new HostedCall(taken, timer, this.deps);
    const previous = this.held.get(id);
    const done = this.carryAfter(previous, call).finally(() => {
      if (this.held.get(id)?.call === call) this.held.delete(id);
      if (!this.stopping) this.look();
    });
    this.held.set(id, { call, done });
  }

  /** The lease of a call in hand may have run out and come back to us: its old run must be over before the new begins. */
  private async carryAfter(previous: Held | undefined, call: HostedCall): Promise<void> {
    previous?.call.stop('withdrawn');
    await previous?.done;
    await call.carry().catch((error: unknown) => this.deps.report(error, call.about));
  }

  private tick(): void {
    for (const { call } of this.held.values()) if (call.timer.isOver()) call.stop('withdrawn');
  }

  private async keep(): Promise<void> {
    if (this.held.size === 0 || this.keeping) return;
    this.keeping = true;
    try {
      const calls = Array.from(this.held.values(), ({ call }) => call);
      const kept = new LeaseTimer(this.deps.clock, this.settings.leaseMs);
      const leases = calls.map(({ lease }) => lease);
      const lost = await this.deps.store.keep(leases, this.settings.leaseMs);
      for (const call of calls) {
        if (lost.has(call.lease.id)) call.stop('withdrawn');
        else call.timer.prolong(kept);
      }
      await this.obeySwitches();
    } catch (error) {
      this.deps.report(error, {});
    } finally {
      this.keeping = false;
    }
  }

  /** Stops what a kill switch has reached: the owner of the goal may be gone, and nobody else would. */
  private async obeySwitches(): Promise<void> {
    await Promise.all(Array.from(this.held.values(), ({ call }) => this.obeySwitch(call)));
  }

  private async obeySwitch(call: HostedCall): Promise<void> {
    try {
      const halt = await this.deps.gate.haltOf(call.goal);
      if (halt) call.stop(halt);
    } catch (error) {
      this.deps.report(error, call.about);
    }
  }
}
