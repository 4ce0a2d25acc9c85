import type { GovernorDeps } from '../governor/deps.js';
import type { NewGoal } from '../ports/goal-store.js';
import type { WorkSignals } from '../ports/signals.js';
import { Claims } from './claims.js';
import { HeldGoals } from './held-goals.js';
import { NEWER_PATIENCE_MS, NewerGoals } from './newer-goals.js';

export interface EngineSettings {
  /** Goals carried forward at the same time. */
  readonly goals: number;
  readonly leaseMs: number;
  /** How often to look for work that no signal told of, in milliseconds. */
  readonly sweepMs: number;
  /** How long a goal of a newer machine may be due before it is paused, in milliseconds; one minute unless given. */
  readonly newerPatienceMs?: number;
}

const TICK_MS = 100;

/**
 * The part of a process that owns goals: it claims what is due, governs each, keeps the leases alive, hears commands,
 * and hands everything back when the process stops.
 */
export class Engine {
  private readonly held: HeldGoals;
  private readonly claims: Claims;
  private readonly newer: NewerGoals;
  private stops: (() => void)[] = [];
  private stopHearingCommands: () => void = () => undefined;

  constructor(
    deps: GovernorDeps,
    private readonly signals: WorkSignals,
    private readonly settings: EngineSettings,
  ) {
    this.held = new HeldGoals(deps, () => this.claims.lookIfWasFull());
    this.newer = new NewerGoals(deps, settings.leaseMs, settings.newerPatienceMs ?? NEWER_PATIENCE_MS);
    this.claims = new Claims(deps, signals, settings, this.held, this.newer);
  }

  /** Number of goals in hand. */
  get size(): number {
    return this.held.size;
  }

  /** Throws what the last attempt to claim goals failed with; the next sweep tries again. */
  assertClaiming(): void {
    this.claims.assertClaiming();
  }

  start(): void {
    const { sweepMs, leaseMs, newerPatienceMs = NEWER_PATIENCE_MS } = this.settings;
    const timers = [
      setInterval(() => this.claims.look(), sweepMs),
      setInterval(() => this.held.tick(), TICK_MS),
      setInterval(() => void this.newer.look(), newerPatienceMs / 2),
      setInterval(() => void this.held.keep(leaseMs), leaseMs / 3),
    ];
    this.stopHearingCommands = this.signals.onCommand((goalId) => this.hear(goalId));
    this.stops = [
      this.signals.onWork((workerId) => this.claims.hear(workerId)),
      this.signals.onHalt(() => void this.held.obeySwitches()),
      this.signals.onNews((goalIds) => void this.held.takeNews(goalIds)),
      () => timers.forEach((timer) => clearInterval(timer)),
    ];
    this.claims.look();
  }

  /**
   * Takes no new goals, lets running tasks end for `patienceMs`, then stops them, and gives every goal back. Nothing
   * is lost when it does not come to its end: the leases run out.
   */
  async stop(patienceMs: number): Promise<void> {
    this.stopHearingCommands();
    await this.claims.stop();
    const { all } = this.held;
    for (const { run } of all) run.interrupts.raise({ kind: 'handover' });
    const patience = setTimeout(() => {
      for (const { run } of all) run.interrupts.stopRunning();
    }, patienceMs);
    await Promise.all(all.map(({ done }) => done));
    clearTimeout(patience);
    for (const stop of this.stops) stop();
    // Whatever was handed back is not to wait for a sweep.
    if (all.length > 0) await this.claims.tellAll();
  }

  /** Stores a new goal; where this process has room and it is its turn, it is begun here without a claim. */
  submit(goal: NewGoal): Promise<'stored' | 'exists'> {
    return this.claims.submit(goal);
  }

  /** A goal that nobody holds is claimed for the sake of its command. */
  private hear(goalId: string | undefined): void {
    const isHeld = goalId !== undefined && this.held.has(goalId);
    if (goalId === undefined || isHeld) void this.held.takeCommands(goalId);
    this.claims.noteCommand();
    if (!isHeld) this.claims.look();
  }
}
