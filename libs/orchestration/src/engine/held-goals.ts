import type { GovernorDeps } from '../governor/deps.js';
import { LeaseTimer } from '../governor/lease-timer.js';
import type { LeasedGoal } from '../ports/goal-store.js';
import type { ToolCatalogue } from '../ports/tools.js';
import { HeldGoal } from './held-goal.js';

/** The goals in the hands of this process, and what is done for all of them at once: one question to the store for many. */
export class HeldGoals {
  private readonly held = new Map<string, HeldGoal>();
  private renewing = false;
  private looking = false;

  constructor(
    private readonly deps: GovernorDeps,
    /** Called each time a goal has left. */
    private readonly onLeft: () => void,
  ) {}

  get size(): number {
    return this.held.size;
  }

  get all(): readonly HeldGoal[] {
    return [...this.held.values()];
  }

  has(goalId: string): boolean {
    return this.held.has(goalId);
  }

  /** Begins to carry a goal that was leased. */
  take(leased: LeasedGoal, tools: ToolCatalogue, lease: LeaseTimer): HeldGoal {
    const { goalId } = leased.lease;
    const goal = new HeldGoal(leased, tools, lease, this.deps, this.held.get(goalId));
    this.held.set(goalId, goal);
    void this.letGo(goalId, goal);
    return goal;
  }

  tick(): void {
    for (const goal of this.held.values()) goal.tick();
  }

  async takeCommands(goalId?: string): Promise<void> {
    const asked = goalId === undefined ? this.all : this.all.filter(({ run }) => run.goal.id === goalId);
    if (asked.length === 0) return;
    try {
      for (const command of await this.deps.store.commandsFor(asked.map(({ run }) => run.lease))) {
        const goal = this.held.get(command.goalId);
        // The answer may be late: under a newer lease its commands may have been dealt with long since.
        if (!goal || !asked.includes(goal) || goal.run.knows(command)) continue;
        goal.run.apply(command);
        goal.save();
      }
    } catch (error) {
      this.deps.report(error, goalId === undefined ? {} : { goalId });
    }
  }

  /** Hears what has become of calls that other workers make; without ids for all goals. */
  async takeNews(goalIds?: readonly string[]): Promise<void> {
    const asked = goalIds === undefined ? this.all : goalIds.flatMap((id) => this.held.get(id) ?? []);
    const waiting = asked.filter(({ run }) => run.dispatches.size > 0).map(({ run }) => run.lease);
    if (waiting.length === 0) return;
    try {
      const found = await this.deps.store.dispatchNews(waiting);
      for (const news of found) this.held.get(news.goalId)?.run.dispatches.hear(news);
    } catch (error) {
      this.deps.report(error, {});
    }
  }

  async obeySwitches(): Promise<void> {
    await Promise.all(this.all.map((goal) => goal.obeySwitch()));
  }

  /** Prolongs the leases of all, then looks for what no signal told of. */
  async keep(leaseMs: number): Promise<void> {
    if (this.held.size === 0 || this.renewing) return;
    this.renewing = true;
    try {
      const { all } = this;
      const renewed = new LeaseTimer(this.deps.clock, leaseMs);
      const lost = await this.deps.store.renew(
        all.map(({ run }) => run.lease),
        leaseMs,
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

  private async letGo(goalId: string, goal: HeldGoal): Promise<void> {
    await goal.done;
    // Another claim of the same goal may have taken its place.
    if (this.held.get(goalId) === goal) this.held.delete(goalId);
    this.onLeft();
  }

  /** It may take long where the store is busy, and leases are renewed meanwhile. */
  private async lookAround(): Promise<void> {
    if (this.looking) return;
    this.looking = true;
    await this.takeCommands();
    await this.takeNews();
    await this.obeySwitches();
    this.looking = false;
  }
}
