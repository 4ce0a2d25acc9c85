import type { GovernorDeps } from '../governor/deps.js';
import { LeaseTimer } from '../governor/lease-timer.js';
import type { LeasedGoal, NewGoal } from '../ports/goal-store.js';
import type { ToolCatalogue } from '../ports/tools.js';
import type { WorkSignals } from '../ports/signals.js';
import { unknownReason } from '../versions/leave-to-newer.js';
import { unknownOf } from '../versions/unknown.js';
import type { HeldGoals } from './held-goals.js';
import type { NewerGoals } from './newer-goals.js';

/** Goals in hand up to which one that is submitted here is taken at once. */
const AT_ONCE = 50;
/** Goals that are taken in at once, so that a burst is shared by the processes that look at the same time. */
const CHUNK = 25;
/** Goals of a full claim that are begun before anything else has its turn. */
const BITE = 5;
/** Goals beyond the limit that may be taken in at once for the sake of a command. */
const RESERVE = 10;

interface ClaimSettings {
  /** Goals carried forward at the same time. */
  readonly goals: number;
  readonly leaseMs: number;
}

/** How a process comes by goals: one claim at a time, as long as there are some and room for them. */
export class Claims {
  private claiming: Promise<void> | undefined;
  private again = false;
  private failure: { readonly error: unknown } | undefined;
  /** A command was heard during a claim: it may be for a goal of that claim, and not have come with it. */
  private heardMeanwhile = false;
  /** A hint was for this process alone: when it cannot take the work, it has to tell others. */
  private isNamed = false;
  private stopping = false;
  /** Goals may be due that came before whatever is submitted now. */
  private isBehind = true;
  /** Goals that are being submitted to be taken at once. */
  private readonly coming = new Set<Promise<unknown>>();
  private commandsHeard = 0;

  constructor(
    private readonly deps: GovernorDeps,
    private readonly signals: Pick<WorkSignals, 'tellAll'>,
    private readonly settings: ClaimSettings,
    private readonly held: HeldGoals,
    private readonly newer: NewerGoals,
  ) {}

  /** Throws what the last attempt to claim goals failed with; the next sweep tries again. */
  assertClaiming(): void {
    if (this.failure) throw this.failure.error;
  }

  /** Takes no more; resolves when the claim that is under way is over. */
  async stop(): Promise<void> {
    this.stopping = true;
    await Promise.all([this.claiming, ...this.coming]);
  }

  /** A hint for another worker is left to it. */
  hear(workerId: string | undefined): void {
    const isMine = workerId === this.deps.workerId;
    if (workerId !== undefined && !isMine) return;
    this.isNamed ||= isMine;
    if (this.stopping) void this.passOn();
    else this.look();
  }

  /** There is a command for a goal that this process may be about to claim. */
  noteCommand(): void {
    this.commandsHeard += 1;
    this.heardMeanwhile ||= this.claiming !== undefined;
  }

  /**
   * Stores a new goal, and takes it at once where there is room and nobody has waited for longer: that spares the claim.
   * For a process that has no other to share goals with.
   */
  async submit(goal: NewGoal): Promise<'stored' | 'exists'> {
    const { capabilities, store } = this.deps;
    const room = Math.min(this.settings.goals, AT_ONCE) - this.held.size - this.coming.size;
    const mayTake =
      room > 0 && !this.isBehind && !this.stopping && !goal.goal.held && capabilities.has('goal_execution');
    if (!mayTake) {
      this.isBehind = true;
      return store.submit(goal);
    }
    const stored = this.storeAndTake(goal);
    const settled = stored.catch(() => undefined);
    this.coming.add(settled);
    void settled.then(() => this.coming.delete(settled));
    return stored;
  }

  private async storeAndTake(goal: NewGoal): Promise<'stored' | 'exists'> {
    const { workerId, store, clock, tools, report } = this.deps;
    const { leaseMs } = this.settings;
    const lease = new LeaseTimer(clock, leaseMs);
    const heard = this.commandsHeard;
    const leased = await store.submitLeased(goal, { workerId, leaseMs });
    if (typeof leased === 'string') return leased;
    try {
      const catalogue = await tools.of(goal.goal.tenantId);
      // When the answer took longer than the lease, a claim of ours may have been quicker.
      if (this.held.has(goal.goal.id)) return 'stored';
      this.begin(leased, catalogue, lease);
      if (this.commandsHeard !== heard) void this.held.takeCommands(goal.goal.id);
    } catch (error) {
      // It is stored, and left to its lease, as if this process had stopped.
      report(error, { goalId: goal.goal.id });
    }
    return 'stored';
  }

  /** Claims what is due; a look during a claim is not forgotten. */
  look(): void {
    if (this.stopping || !this.deps.capabilities.has('goal_execution')) return;
    this.again = true;
    this.claiming ??= this.claimWhileDue().finally(() => {
      this.claiming = undefined;
    });
  }

  /** Room has come free: what was left for want of it may be taken now. */
  lookIfWasFull(): void {
    if (this.held.size === this.settings.goals - 1) this.look();
  }

  /** A hint that cannot be given is found by the others' sweeps. */
  async tellAll(): Promise<void> {
    await this.signals.tellAll().catch((error: unknown) => this.deps.report(error, {}));
  }

  /** Whoever chose this process did not know yet that it is full, or about to end. */
  private async passOn(): Promise<void> {
    if (!this.isNamed) return;
    this.isNamed = false;
    await this.tellAll();
  }

  private async claimWhileDue(): Promise<void> {
    try {
      while (this.again && !this.stopping) {
        this.again = false;
        await this.claim();
        this.failure = undefined;
      }
    } catch (error) {
      // The sweep tries again; until then there is nothing that could be done better.
      this.failure = { error };
      this.deps.report(error, {});
    }
  }

  private async claim(): Promise<void> {
    const { leaseMs } = this.settings;
    const free = this.settings.goals - this.held.size;
    // A full hand still hears commands: to cancel a goal, or to pause it, must not wait for others to end.
    const onlyCommanded = free <= 0;
    if (onlyCommanded) void this.passOn();
    const limit = onlyCommanded ? RESERVE : Math.min(free, CHUNK);
    const lease = new LeaseTimer(this.deps.clock, leaseMs);
    const goals = await this.deps.store.claim({ workerId: this.deps.workerId, limit, leaseMs, onlyCommanded });
    // What cannot be looked up now is left to its lease, as if this process had stopped.
    const tools = await this.toolsOf(goals);
    const isBacklog = goals.length === limit;
    for (const [n, leased] of rarestFirst(goals).entries()) {
      // A long queue of one tenant is begun in small bites, so that others get a word in between.
      if (isBacklog && n > 0 && n % BITE === 0) await new Promise((resolve) => setImmediate(resolve));
      const unknown = unknownOf(leased);
      if (unknown !== undefined) void this.newer.leave(leased, unknownReason(unknown));
      else {
        this.begin(leased, tools.get(leased.goal.tenantId)!, lease.copy());
      }
    }
    if (this.heardMeanwhile) void this.held.takeCommands();
    this.heardMeanwhile = false;
    if (goals.length < limit) this.isNamed = false;
    this.isBehind = isBacklog;
    this.again ||= isBacklog && !onlyCommanded;
  }

  private begin(leased: LeasedGoal, tools: ToolCatalogue, lease: LeaseTimer): void {
    const { run } = this.held.take(leased, tools, lease);
    if (this.stopping) run.interrupts.raise({ kind: 'handover' });
  }

  private async toolsOf(goals: readonly LeasedGoal[]): Promise<ReadonlyMap<string, ToolCatalogue>> {
    const tenants = [...new Set(goals.map(({ goal }) => goal.tenantId))];
    return new Map(await Promise.all(tenants.map(async (id) => [id, await this.deps.tools.of(id)] as const)));
  }
}

/** Goals of tenants with few of them come first; among those of one tenant the order stays. */
function rarestFirst(goals: readonly LeasedGoal[]): readonly LeasedGoal[] {
  const counts = new Map<string, number>();
  for (const { goal } of goals) counts.set(goal.tenantId, (counts.get(goal.tenantId) ?? 0) + 1);
  if (counts.size < 2) return goals;
  return goals.toSorted((a, b) => counts.get(a.goal.tenantId)! - counts.get(b.goal.tenantId)!);
}
