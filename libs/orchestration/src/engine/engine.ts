import { failure } from '../orchestration.errors.js';
import type { GovernorDeps } from '../governor/deps.js';
import { govern } from '../governor/governor.js';
import { LeaseTimer } from '../governor/lease-timer.js';
import { enforceLimits } from '../governor/limits.js';
import { GoalRun } from '../governor/run.js';
import { LeaseLost, Saver, UnstorableChange } from '../governor/saver.js';
import type { LeasedGoal } from '../ports/goal-store.js';
import type { WorkSignals } from '../ports/signals.js';
import type { ToolCatalogue } from '../ports/tools.js';
import { noteVersion } from '../versions/note-version.js';
import { unknownReason } from '../versions/leave-to-newer.js';
import { unknownOf } from '../versions/unknown.js';
import { upgraded } from '../versions/upgrade.js';
import { NEWER_PATIENCE_MS, NewerGoals } from './newer-goals.js';
import { UNSTORABLE, failUnstorable } from './unstorable.js';

export interface EngineSettings {
  /** Goals carried forward at the same time. */
  readonly goals: number;
  readonly leaseMs: number;
  /** How often to look for work that no signal told of, in milliseconds. */
  readonly sweepMs: number;
  /** How long a goal of a newer machine may be due before it is paused, in milliseconds; one minute unless given. */
  readonly newerPatienceMs?: number;
}

/** Results are stored within 250 ms (ORC-16): what has waited for this long at a tick is written. */
const PENDING_MS = 120;
const TICK_MS = 100;
/** Goals that are taken in at once, so that a burst is shared by the processes that look at the same time. */
const CHUNK = 25;
/** Goals beyond the limit that may be taken in at once for the sake of a command. */
const RESERVE = 10;
/** Leases that may come to nothing, one after another, before a goal is held to be what stops the processes. */
const MAX_CLAIMS = 10;
const POISONED = failure(
  'interrupted',
  `The process stopped ${MAX_CLAIMS} times after it had taken up this goal, each time before anything could be stored.`,
);

interface Held {
  readonly run: GoalRun;
  readonly saver: Saver;
  readonly lease: LeaseTimer;
  readonly done: Promise<void>;
}

/**
 * The part of a process that owns goals: it claims what is due, governs each, keeps the leases alive, hears commands,
 * and hands everything back when the process stops.
 */
export class Engine {
  private readonly held = new Map<string, Held>();
  private readonly newer: NewerGoals;
  private timers: NodeJS.Timeout[] = [];
  private stopHearingWork: () => void = () => undefined;
  private stopHearingCommands: () => void = () => undefined;
  private stopHearingSwitches: () => void = () => undefined;
  private stopHearingNews: () => void = () => undefined;
  private claiming: Promise<void> | undefined;
  private claimAgain = false;
  private claimFailure: { readonly error: unknown } | undefined;
  /** A command was heard during a claim: it may be for a goal of that claim, and not have come with it. */
  private heardMeanwhile = false;
  /** A hint was for this process alone: when it cannot take the work, it has to tell others. */
  private isNamed = false;
  private stopping = false;
  private renewing = false;
  private looking = false;

  constructor(
    private readonly deps: GovernorDeps,
    private readonly signals: WorkSignals,
    private readonly settings: EngineSettings,
  ) {
    this.newer = new NewerGoals(deps, settings.leaseMs, settings.newerPatienceMs ?? NEWER_PATIENCE_MS);
  }

  /** Number of goals in hand. */
  get size(): number {
    return this.held.size;
  }

  /** Throws what the last attempt to claim goals failed with; the next sweep tries again. */
  assertClaiming(): void {
    if (this.claimFailure) throw this.claimFailure.error;
  }

  start(): void {
    this.stopHearingWork = this.signals.onWork((workerId) => this.hearWork(workerId));
    this.stopHearingCommands = this.signals.onCommand((goalId) => this.hear(goalId));
    this.stopHearingSwitches = this.signals.onHalt(() => void this.obeySwitches());
    this.stopHearingNews = this.signals.onNews((goalIds) => void this.takeNews(goalIds));
    const { newerPatienceMs = NEWER_PATIENCE_MS } = this.settings;
    this.timers = [
      setInterval(() => this.look(), this.settings.sweepMs),
      setInterval(() => this.tick(), TICK_MS),
      setInterval(() => void this.newer.look(), newerPatienceMs / 2),
      setInterval(() => void this.keepLeases(), this.settings.leaseMs / 3),
    ];
    this.look();
  }

  /**
   * Takes no new goals, lets running tasks end for `patienceMs`, then stops them, and gives every goal back. Nothing
   * is lost when it does not come to its end: the leases run out.
   */
  async stop(patienceMs: number): Promise<void> {
    this.stopping = true;
    this.stopHearingCommands();
    await this.claiming;
    const all = [...this.held.values()];
    for (const { run } of all) run.interrupts.raise({ kind: 'handover' });
    const patience = setTimeout(() => {
      for (const { run } of all) run.interrupts.stopRunning();
    }, patienceMs);
    await Promise.all(all.map(({ done }) => done));
    clearTimeout(patience);
    for (const timer of this.timers) clearInterval(timer);
    this.stopHearingSwitches();
    this.stopHearingNews();
    this.stopHearingWork();
    // Whatever was handed back is not to wait for a sweep.
    if (all.length > 0) await this.tellAll();
  }

  /** A hint for another worker is left to it. */
  private hearWork(workerId: string | undefined): void {
    const isMine = workerId === this.deps.workerId;
    if (workerId !== undefined && !isMine) return;
    this.isNamed ||= isMine;
    if (this.stopping) void this.passOn();
    else this.look();
  }

  /** Whoever chose this process did not know yet that it is full, or about to end. */
  private async passOn(): Promise<void> {
    if (!this.isNamed) return;
    this.isNamed = false;
    await this.tellAll();
  }

  /** A hint that cannot be given is found by the others' sweeps. */
  private async tellAll(): Promise<void> {
    await this.signals.tellAll().catch((error: unknown) => this.deps.report(error, {}));
  }

  /** Claims what is due, one claim at a time; a signal during a claim is not forgotten. */
  private look(): void {
    if (!this.deps.capabilities.has('goal_execution')) return;
    this.claimAgain = true;
    this.claiming ??= this.claimWhileDue().finally(() => {
      this.claiming = undefined;
    });
  }

  private async claimWhileDue(): Promise<void> {
    try {
      while (this.claimAgain) {
        this.claimAgain = false;
        if (this.stopping) return;
        const { leaseMs } = this.settings;
        const free = this.settings.goals - this.held.size;
        // A full hand still hears commands: to cancel a goal, or to pause it, must not wait for others to end.
        const onlyCommanded = free <= 0;
        if (onlyCommanded) void this.passOn();
        const limit = onlyCommanded ? RESERVE : Math.min(free, CHUNK);
        const lease = new LeaseTimer(this.deps.clock, leaseMs);
        const goals = await this.deps.store.claim({ workerId: this.deps.workerId, limit, leaseMs, onlyCommanded });
        // What cannot be looked up now is left to its lease, as if this process had stopped.
        const tools = await Promise.all(goals.map(async ({ goal }) => this.deps.tools.of(goal.tenantId)));
        for (const [n, goal] of goals.entries()) this.take(goal, tools[n]!, lease.copy());
        if (this.heardMeanwhile) void this.takeCommands();
        this.heardMeanwhile = false;
        if (goals.length < limit) this.isNamed = false;
        this.claimAgain ||= goals.length === limit && !onlyCommanded;
        this.claimFailure = undefined;
      }
    } catch (error) {
      // The sweep tries again; until then there is nothing that could be done better.
      this.claimFailure = { error };
      this.deps.report(error, {});
    }
  }

  private take(leased: LeasedGoal, tools: ToolCatalogue, lease: LeaseTimer): void {
    const unknown = unknownOf(leased);
    if (unknown !== undefined) return void this.newer.leave(leased, unknownReason(unknown));
    const run = new GoalRun(upgraded(leased), tools, this.deps.worker, this.deps.clock);
    const saver = new Saver(run, this.deps.store, lease);
    noteVersion(run, leased.goal);
    for (const command of leased.commands) run.apply(command);
    if (leased.halt) run.interrupts.raise({ kind: 'halt', halt: leased.halt });
    if (leased.claims > MAX_CLAIMS) run.interrupts.raise({ kind: 'abort', failure: POISONED });
    if (this.stopping) run.interrupts.raise({ kind: 'handover' });
    const { goalId } = leased.lease;
    const previous = this.held.get(goalId);
    const held: Held = {
      run,
      saver,
      lease,
      done: this.carryAfter(previous, run, saver).finally(() => this.drop(goalId, run)),
    };
    this.held.set(goalId, held);
  }

  private drop(goalId: string, run: GoalRun): void {
    // Another claim of the same goal may have taken its place.
    if (this.held.get(goalId)?.run === run) this.held.delete(goalId);
    if (!this.stopping && this.held.size === this.settings.goals - 1) this.look();
  }

  /** The lease of a goal in hand may have run out and come back to us: its old run must be over before the new begins. */
  private async carryAfter(previous: Held | undefined, run: GoalRun, saver: Saver): Promise<void> {
    previous?.run.interrupts.raise({ kind: 'lost' });
    await previous?.done;
    await this.carry(run, saver);
  }

  private async carry(run: GoalRun, saver: Saver): Promise<void> {
    const about = { goalId: run.goal.id };
    try {
      if ((await govern(run, this.deps, saver)) === 'lost') this.tellLost(run, saver);
    } catch (error) {
      this.deps.report(error, about);
      // Without this the goal would be claimed, fail to be stored and be claimed again, for ever.
      await failUnstorable(run, saver, error instanceof UnstorableChange ? error.change : undefined).catch(
        (again: unknown) => this.deps.report(again, about),
      );
    }
  }

  private tellLost({ goal: { tenantId, id } }: GoalRun, saver: Saver): void {
    const taskIds = [...new Set(saver.takeLost())];
    if (taskIds.length > 0) this.deps.onLate({ tenantId, goalId: id, taskIds });
  }

  private hear(goalId: string | undefined): void {
    if (goalId === undefined || this.held.has(goalId)) void this.takeCommands(goalId);
    this.heardMeanwhile ||= this.claiming !== undefined;
    // A goal that nobody holds is claimed for the sake of its command.
    if (goalId === undefined || !this.held.has(goalId)) this.look();
  }

  private async takeCommands(goalId?: string): Promise<void> {
    const asked =
      goalId === undefined ? [...this.held.values()] : [this.held.get(goalId)].filter((each) => each !== undefined);
    if (asked.length === 0) return;
    try {
      for (const command of await this.deps.store.commandsFor(asked.map(({ run }) => run.lease))) {
        const held = this.held.get(command.goalId);
        // The answer may be late: under a newer lease its commands may have been dealt with long since.
        if (!held || !asked.includes(held) || held.run.knows(command)) continue;
        held.run.apply(command);
        this.save(held);
      }
    } catch (error) {
      this.deps.report(error, goalId === undefined ? {} : { goalId });
    }
  }

  /** Hears what has become of calls that other workers make. Whoever waits for one looks now and then itself. */
  private async takeNews(goalIds: readonly string[] | undefined): Promise<void> {
    const all = goalIds === undefined ? [...this.held.values()] : goalIds.map((id) => this.held.get(id));
    const waiting = all.flatMap((held) => (held && held.run.dispatches.size > 0 ? [held.run.lease] : []));
    if (waiting.length === 0) return;
    try {
      const found = await this.deps.store.dispatchNews(waiting);
      for (const news of found) this.held.get(news.goalId)?.run.dispatches.hear(news);
    } catch (error) {
      this.deps.report(error, {});
    }
  }

  /** Ten times a second: stores what has waited, and stops what is over its limits. */
  private tick(): void {
    for (const held of this.held.values()) {
      const { oldest } = held.run.changes;
      if (oldest !== undefined && held.run.now() - oldest >= PENDING_MS) this.save(held);
      enforceLimits(held.run, this.deps.limits);
      if (held.lease.isOver()) held.run.interrupts.raise({ kind: 'lost' });
    }
  }

  /** Stores in the background. A change that the store refuses comes up again in the governor's own next save. */
  private save({ saver, run }: Held): void {
    void saver.save().catch((error: unknown) => {
      if (error instanceof LeaseLost) run.interrupts.raise({ kind: 'lost' });
      else run.interrupts.raise({ kind: 'abort', failure: UNSTORABLE });
    });
  }

  /** Stops what a kill switch has reached. The gate lets nothing new pass in any case; this ends what already runs. */
  private async obeySwitches(): Promise<void> {
    await Promise.all(Array.from(this.held.values(), ({ run }) => this.obeySwitch(run)));
  }

  private async obeySwitch(run: GoalRun): Promise<void> {
    try {
      const halt = await this.deps.gate.haltOf(run.goal);
      if (halt) run.interrupts.raise({ kind: 'halt', halt });
    } catch (error) {
      this.deps.report(error, { goalId: run.goal.id });
    }
  }

  private async keepLeases(): Promise<void> {
    if (this.held.size === 0 || this.renewing) return;
    this.renewing = true;
    try {
      const all = [...this.held.values()];
      const renewed = new LeaseTimer(this.deps.clock, this.settings.leaseMs);
      const lost = await this.deps.store.renew(
        all.map(({ run }) => run.lease),
        this.settings.leaseMs,
      );
      for (const { run, lease } of all) {
        if (lost.has(run.goal.id)) run.interrupts.raise({ kind: 'lost' });
        else lease.prolong(renewed);
      }
    } catch (error) {
      this.deps.report(error, {});
    } finally {
      this.renewing = false;
    }
    await this.lookAround();
  }

  /** What no signal told of. It may take long where the store is busy, and leases are renewed meanwhile. */
  private async lookAround(): Promise<void> {
    if (this.looking) return;
    this.looking = true;
    await this.takeCommands();
    await this.takeNews(undefined);
    await this.obeySwitches();
    this.looking = false;
  }
}
