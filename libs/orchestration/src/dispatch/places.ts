import type { GovernorDeps } from '../governor/deps.js';
import type { GoalRun } from '../governor/run.js';
import type { ReleaseSlot, WaitingForSlot } from '../governor/slots.js';
import type { PlanTask } from '../plan/plan.js';
import { PRIORITIES } from '../ports/goal.js';
import type { Capability } from '../ports/workers.js';

/** Where a task is done: in a slot of this process, or by another worker, and why. */
export type Place =
  | { readonly kind: 'here'; readonly release: ReleaseSlot }
  | { readonly kind: 'elsewhere'; readonly reason: string };

/** How long a task waits in line here before another worker is asked to take it, and how often that is looked at. Milliseconds. */
const BUSY_MS = 100;

/**
 * Finds places for the tasks of a goal. What the owner can do itself is done here, as soon as there is a slot; what it
 * cannot is done elsewhere. One that has waited in line goes to another worker that has room: short tasks are
 * through the line before that, and are not worth the way.
 */
export class Places {
  /** Ways out of the line for slots, for tasks that wait there. */
  private readonly withdrawals = new Set<() => void>();

  constructor(
    private readonly run: GoalRun,
    private readonly deps: Pick<GovernorDeps, 'capabilities' | 'slots' | 'workers' | 'workerId' | 'placement'>,
  ) {}

  /** Undefined when the line was left before there was a place. */
  find(planned: PlanTask): Place | Promise<Place | undefined> {
    const needs = this.run.tools.find(planned.tool)?.needs ?? 'task_execution';
    if (!this.deps.capabilities.has(needs)) {
      return { kind: 'elsewhere', reason: `The worker that owns the goal has no ${needs}.` };
    }
    const { goal } = this.run;
    const slot = this.deps.slots.acquire(goal.tenantId, PRIORITIES.indexOf(goal.priority));
    return typeof slot === 'function' ? { kind: 'here', release: slot } : this.inLine(slot, needs);
  }

  /** What waits for a slot must not hold up the end of its goal: it may be an hour until one is free. */
  leaveLine(): void {
    for (const withdraw of this.withdrawals) withdraw();
    this.withdrawals.clear();
  }

  private async inLine(slot: WaitingForSlot, needs: Capability): Promise<Place | undefined> {
    let isElsewhere = false;
    const withdraw = (): void => slot.withdraw();
    const look = setInterval(() => {
      const others = this.deps.workers.live().filter(({ id }) => id !== this.deps.workerId);
      isElsewhere = this.deps.placement.hasRoom(others, needs);
      if (isElsewhere) slot.withdraw();
    }, BUSY_MS);
    this.withdrawals.add(withdraw);
    const release = await slot.granted;
    clearInterval(look);
    this.withdrawals.delete(withdraw);
    if (release) return { kind: 'here', release };
    return isElsewhere ? { kind: 'elsewhere', reason: 'The worker that owns the goal is busy.' } : undefined;
  }
}
