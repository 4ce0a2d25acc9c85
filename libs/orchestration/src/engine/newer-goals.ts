import type { GovernorDeps } from '../governor/deps.js';
import type { LeasedGoal } from '../ports/goal-store.js';
import { leaveToNewer, strandedReason } from '../versions/leave-to-newer.js';

/** How long a goal of a newer machine may be due before it is paused: a restart of its processes takes less. */
export const NEWER_PATIENCE_MS = 60_000;
/** Goals that are paused at once. */
const MOST = 50;

type Deps = Pick<GovernorDeps, 'store' | 'worker' | 'workerId' | 'report'>;

/** What an engine does about goals that are not for this version of the machine: it pauses them, and says why. */
export class NewerGoals {
  private looking = false;

  constructor(
    private readonly deps: Deps,
    private readonly leaseMs: number,
    private readonly patienceMs: number,
  ) {}

  /** Pauses what has waited too long for a process of a newer machine. */
  async look(): Promise<void> {
    if (this.looking) return;
    this.looking = true;
    try {
      const { workerId } = this.deps;
      const { leaseMs, patienceMs } = this;
      const stranded = await this.deps.store.claimStranded({ workerId, limit: MOST, leaseMs, patienceMs });
      await Promise.all(stranded.map((leased) => this.leave(leased, strandedReason(leased.goal.machine))));
    } catch (error) {
      this.deps.report(error, {});
    } finally {
      this.looking = false;
    }
  }

  /** Pauses one, and gives it back. Where that cannot be stored it is found again once the lease has run out. */
  async leave(leased: LeasedGoal, reason: string): Promise<void> {
    try {
      await this.deps.store.commit(leaveToNewer(leased, this.deps.worker, reason));
    } catch (error) {
      this.deps.report(error, { goalId: leased.lease.goalId });
    }
  }
}
