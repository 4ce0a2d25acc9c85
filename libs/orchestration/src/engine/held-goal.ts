import type { GovernorDeps } from '../governor/deps.js';
import { govern } from '../governor/governor.js';
import type { LeaseTimer } from '../governor/lease-timer.js';
import { enforceLimits } from '../governor/limits.js';
import { GoalRun } from '../governor/run.js';
import { LeaseLost, Saver, UnstorableChange } from '../governor/saver.js';
import { failure } from '../orchestration.errors.js';
import type { LeasedGoal } from '../ports/goal-store.js';
import type { ToolCatalogue } from '../ports/tools.js';
import { noteVersion } from '../versions/note-version.js';
import { upgraded } from '../versions/upgrade.js';
import { UNSTORABLE, failUnstorable } from './unstorable.js';

/** Results are stored within 250 ms (ORC-16): what has waited for this long at a tick is written. */
const PENDING_MS = 120;
/** Leases that may come to nothing, one after another, before a goal is held to be what stops the processes. */
const MAX_CLAIMS = 10;
const POISONED = failure(
  'interrupted',
  `The process stopped ${MAX_CLAIMS} times after it had taken up this goal, each time before anything could be stored.`,
);

/** A goal under a lease of this process. */
export class HeldGoal {
  readonly run: GoalRun;
  /** Resolves when the goal has left this process, however that came. Never rejects. */
  readonly done: Promise<void>;
  private readonly saver: Saver;

  /** `previous` is an older lease of the same goal that ran out and came back to us: it must be over before this begins. */
  constructor(
    leased: LeasedGoal,
    tools: ToolCatalogue,
    readonly lease: LeaseTimer,
    private readonly deps: GovernorDeps,
    previous: HeldGoal | undefined,
  ) {
    this.run = new GoalRun(upgraded(leased), tools, deps.worker, deps.clock);
    this.saver = new Saver(this.run, deps.store, lease);
    noteVersion(this.run, leased.goal);
    for (const command of leased.commands) this.run.apply(command);
    if (leased.halt) this.run.interrupts.raise({ kind: 'halt', halt: leased.halt });
    if (leased.claims > MAX_CLAIMS) this.run.interrupts.raise({ kind: 'abort', failure: POISONED });
    this.done = this.carryAfter(previous);
  }

  /** Stores what has waited, and stops what is over its limits. */
  tick(): void {
    const { run, deps, lease } = this;
    const { oldest } = run.changes;
    if (oldest !== undefined && run.now() - oldest >= PENDING_MS) this.save();
    enforceLimits(run, deps.limits);
    if (lease.isOver()) run.interrupts.raise({ kind: 'lost' });
  }

  /** Stores in the background. A change that the store refuses comes up again in the governor's own next save. */
  save(): void {
    void this.saver.save().catch((error: unknown) => {
      if (error instanceof LeaseLost) this.run.interrupts.raise({ kind: 'lost' });
      else this.run.interrupts.raise({ kind: 'abort', failure: UNSTORABLE });
    });
  }

  /** Stops what a kill switch has reached. The gate lets nothing new pass in any case; this ends what already runs. */
  async obeySwitch(): Promise<void> {
    const { run, deps } = this;
    try {
      const halt = await deps.gate.haltOf(run.goal);
      if (halt) run.interrupts.raise({ kind: 'halt', halt });
    } catch (error) {
      deps.report(error, { goalId: run.goal.id });
    }
  }

  private async carryAfter(previous: HeldGoal | undefined): Promise<void> {
    previous?.run.interrupts.raise({ kind: 'lost' });
    await previous?.done;
    const { run, deps, saver } = this;
    const about = { goalId: run.goal.id };
    try {
      if ((await govern(run, deps, saver)) === 'lost') this.tellLost();
    } catch (error) {
      deps.report(error, about);
      // Without this the goal would be claimed, fail to be stored and be claimed again, for ever.
      await failUnstorable(run, saver, error instanceof UnstorableChange ? error.change : undefined).catch(
        (again: unknown) => deps.report(again, about),
      );
    }
  }

  private tellLost(): void {
    const { tenantId, id } = this.run.goal;
    const taskIds = [...new Set(this.saver.takeLost())];
    if (taskIds.length > 0) this.deps.onLate({ tenantId, goalId: id, taskIds });
  }
}
