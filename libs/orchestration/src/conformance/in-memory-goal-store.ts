import { type Clock, findUnstorable } from '#libs/kernel';
import { assertListed } from '../machine/machine.js';
import { newlyLeased } from '../governor/new-goal.js';
import { isFinal } from '../machine/states.js';
import { MACHINE_VERSION } from '../machine/version.js';
import type { Plan } from '../plan/plan.js';
import { InMemoryDispatches } from './in-memory-dispatches.js';
import type { Halt } from '../ports/goal.js';
import type {
  ApprovalChange,
  GoalChange,
  GoalCommand,
  GoalEvent,
  GoalStore,
  JournalEntry,
  Lease,
  LeasedGoal,
  LeaseRequest,
  NewGoal,
  PlanVersion,
} from '../ports/goal-store.js';
import { type GoalRecord, PRIORITIES, type TaskRecord } from '../ports/goal.js';
import type { OpenDispatch } from '../ports/dispatch.js';
import type { WorkSignals } from '../ports/signals.js';

interface Row {
  goal: GoalRecord;
  plan: Plan;
  plans: PlanVersion[];
  tasks: Map<string, TaskRecord>;
  journal: (JournalEntry & { readonly seq: number })[];
  events: GoalEvent[];
  approvals: Map<string, StoredApproval>;
  commands: GoalCommand[];
  /** When the newest command came. */
  askedAt: number;
  owner: string | null;
  token: number;
  claims: number;
  wakeAt: number | null;
}

/** What `restore` takes: a goal and what belongs to it, as `read` gives them. */
export type Restored = Pick<Row, 'goal'> & {
  readonly [Part in 'plans' | 'journal']: Readonly<Row[Part]>;
} & { readonly tasks: readonly TaskRecord[]; readonly approvals: readonly StoredApproval[] };

type StoredApproval = ApprovalChange & { kind: 'ask' } & { state: 'pending' | 'expired' | 'void' };

/** A goal store in memory: for the tests of the core, which need no database. It keeps to the same suite as the real one. */
export class InMemoryGoalStore implements GoalStore, WorkSignals {
  private readonly rows = new Map<string, Row>();
  private readonly workListeners = new Set<(workerId: string | undefined) => void>();
  private readonly commandListeners = new Set<(goalId: string | undefined) => void>();
  private readonly haltListeners = new Set<() => void>();
  /** Engaged kill switches, by the id of a tenant or goal. */
  private readonly halts = new Map<string, Halt>();

  /** Calls that other workers make. */
  readonly dispatches: InMemoryDispatches;

  /** Milliseconds that each commit takes. */
  private commitMs = 0;

  constructor(private readonly clock: Clock) {
    this.dispatches = new InMemoryDispatches(
      clock,
      (listener) => this.onHalt(listener),
      (goalId) => this.rows.get(goalId)?.goal.paused != null,
    );
  }

  async submit(goal: NewGoal): Promise<'stored' | 'exists'> {
    if (!this.keep(goal)) return 'exists';
    this.hint(undefined);
    return 'stored';
  }

  async submitLeased(goal: NewGoal, request: LeaseRequest): Promise<LeasedGoal | 'stored' | 'exists'> {
    if (!this.keep(goal)) return 'exists';
    const row = this.rows.get(goal.goal.id)!;
    if (this.haltOf(row.goal) !== null) return 'stored';
    const { now } = this.lease(row, request);
    return newlyLeased(goal, now);
  }

  /** Whether it was new. */
  private keep(goal: NewGoal): boolean {
    const { id } = goal.goal;
    if (this.rows.has(id)) return false;
    const now = this.clock.now();
    this.rows.set(id, {
      goal: { ...goal.goal, lastSeq: goal.journal.length },
      plan: goal.plan,
      plans: [{ version: goal.goal.planVersion, plan: goal.plan }],
      tasks: new Map(goal.tasks.map((task) => [task.id, task])),
      journal: goal.journal.map((entry, n) => ({ ...entry, at: now, seq: n + 1 })),
      events: [...goal.events],
      approvals: new Map(),
      commands: [],
      askedAt: now,
      owner: null,
      token: 0,
      claims: 0,
      wakeAt: goal.goal.held ? goal.goal.deadline : now,
    });
    return true;
  }

  /** Puts a goal in as it is stored elsewhere, which nobody holds and which is due now. */
  restore(stored: Restored): void {
    const now = this.clock.now();
    const plan = stored.plans.at(-1)?.plan;
    if (!plan) throw new TypeError('a goal that is restored needs a plan');
    this.rows.set(stored.goal.id, {
      goal: stored.goal,
      plan,
      plans: [...stored.plans],
      tasks: new Map(stored.tasks.map((task) => [task.id, task])),
      journal: [...stored.journal],
      events: [],
      approvals: new Map(stored.approvals.map((approval) => [approval.id, approval])),
      commands: [],
      askedAt: now,
      owner: null,
      token: 0,
      claims: 0,
      wakeAt: now,
    });
    this.hint(undefined);
  }

  async claim(request: Parameters<GoalStore['claim']>[0]): Promise<readonly LeasedGoal[]> {
    const now = this.clock.now();
    const { machine = MACHINE_VERSION } = request;
    const due = [...this.rows.values()].filter(
      (row) =>
        row.goal.machine <= machine &&
        (isCommanded(row, now) || (!request.onlyCommanded && isDue(row, now) && this.haltOf(row.goal) === null)),
    );
    const running = new Map<string, number>();
    for (const row of this.rows.values()) {
      if (isLeased(row, now)) count(running, row.goal.tenantId);
    }
    // Rows are in the order of their age, and sorting keeps it among equals.
    due.sort((a, b) => PRIORITIES.indexOf(b.goal.priority) - PRIORITIES.indexOf(a.goal.priority));
    const turns = due.map((row) => ({
      row,
      turn: isCommanded(row, now) ? -1 : count(running, row.goal.tenantId),
    }));
    turns.sort((a, b) => a.turn - b.turn);
    return turns.slice(0, request.limit).map(({ row }) => this.lease(row, request));
  }

  async claimStranded(request: Parameters<GoalStore['claimStranded']>[0]): Promise<readonly LeasedGoal[]> {
    const now = this.clock.now();
    const { machine = MACHINE_VERSION, patienceMs, limit } = request;
    const rows = [...this.rows.values()];
    const carried = Math.max(0, ...rows.filter((row) => isLeased(row, now)).map(({ goal }) => goal.machine));
    const isStranded = (row: Row): boolean =>
      row.goal.machine > Math.max(machine, carried) &&
      (isDue(row, now - patienceMs) || (isCommanded(row, now) && row.askedAt <= now - patienceMs)) &&
      row.goal.paused?.machine === undefined &&
      row.goal.finishedAt === null &&
      this.haltOf(row.goal) === null;
    return rows
      .filter(isStranded)
      .slice(0, limit)
      .map((row) => this.lease(row, request));
  }

  private lease(row: Row, { workerId, leaseMs }: LeaseRequest): LeasedGoal {
    const now = this.clock.now();
    row.owner = workerId;
    row.token += 1;
    row.claims += 1;
    row.wakeAt = now + leaseMs;
    return {
      lease: { tenantId: row.goal.tenantId, goalId: row.goal.id, token: row.token },
      goal: row.goal,
      plan: row.plan,
      tasks: [...row.tasks.values()].toSorted((a, b) => a.position - b.position),
      commands: [...row.commands],
      dispatches: this.dispatches.newsOf([row.goal.id]),
      now,
      claims: row.claims,
      halt: this.haltOf(row.goal),
    };
  }

  async commit(change: GoalChange): Promise<'committed' | 'lost'> {
    if (this.commitMs > 0) await new Promise((resolve) => setTimeout(resolve, this.commitMs));
    const row = this.rows.get(change.lease.goalId);
    if (!row || row.token !== change.lease.token || row.owner === null) return 'lost';
    if (row.goal.lastSeq !== change.expectedSeq) return row.goal.lastSeq === change.goal.lastSeq ? 'committed' : 'lost';
    refuseUnstorable(change);
    for (const { from, to } of change.journal) if (from && to) assertListed(from, to);
    row.claims = 0;
    row.goal = { ...change.goal, activeMs: Math.max(change.goal.activeMs, row.goal.activeMs) };
    row.plan = change.plans.at(-1)?.plan ?? row.plan;
    row.plans.push(...change.plans);
    for (const task of change.tasks) row.tasks.set(task.id, task);
    for (const entry of change.journal) row.journal.push({ ...entry, seq: row.journal.length + 1 });
    row.events.push(...change.events);
    for (const approval of change.approvals) keepApproval(row.approvals, approval);
    row.commands = row.commands.filter(({ id }) => !change.handledCommands.includes(id));
    if (isFinal(change.goal.state)) row.commands = [];
    for (const dispatch of change.dispatches) this.dispatches.add(row.goal.tenantId, row.goal.id, dispatch);
    for (const id of change.endedDispatches) this.dispatches.remove(id);
    if (change.release) {
      row.owner = null;
      row.wakeAt = change.release.wakeAt;
    }
    return 'committed';
  }

  async renew(leases: readonly Lease[], leaseMs: number): Promise<ReadonlySet<string>> {
    const lost = new Set<string>();
    for (const { goalId, token } of leases) {
      const row = this.rows.get(goalId);
      if (row?.token === token && row.owner !== null) row.wakeAt = this.clock.now() + leaseMs;
      else lost.add(goalId);
    }
    return lost;
  }

  async commandsFor(leases: readonly Lease[]): Promise<readonly GoalCommand[]> {
    return leases.flatMap(({ goalId }) => this.rows.get(goalId)?.commands ?? []);
  }

  async dispatchNews(leases: readonly Lease[]): Promise<readonly OpenDispatch[]> {
    return this.dispatches.newsOf(leases.map(({ goalId }) => goalId));
  }

  async withdraw({ goalId, token }: Lease, dispatchId: string, begun: 'stop' | 'leave'): Promise<'unbegun' | 'begun'> {
    const row = this.rows.get(goalId);
    if (row?.token !== token || row.owner === null) return 'unbegun';
    return this.dispatches.withdraw(dispatchId, begun);
  }

  async command(_tenantId: string, command: GoalCommand): Promise<void> {
    const row = this.rows.get(command.goalId);
    row?.commands.push(command);
    if (row) row.askedAt = this.clock.now();
    for (const listener of this.commandListeners) listener(command.goalId);
  }

  onWork(listener: (workerId: string | undefined) => void): () => void {
    this.workListeners.add(listener);
    return () => this.workListeners.delete(listener);
  }

  tellAll(): Promise<void> {
    this.hint(undefined);
    return Promise.resolve();
  }

  /** Tells that goals may be due: one worker, or all. */
  hint(workerId: string | undefined): void {
    for (const listener of this.workListeners) listener(workerId);
  }

  onCommand(listener: (goalId: string | undefined) => void): () => void {
    this.commandListeners.add(listener);
    return () => this.commandListeners.delete(listener);
  }

  onNews(listener: (goalIds: readonly string[] | undefined) => void): () => void {
    return this.dispatches.onNews(listener);
  }

  onHalt(listener: () => void): () => void {
    this.haltListeners.add(listener);
    return () => this.haltListeners.delete(listener);
  }

  /** Engages a kill switch for a tenant or a goal. */
  engage(id: string, halt: Halt): void {
    this.halts.set(id, halt);
    for (const listener of this.haltListeners) listener();
  }

  lift(id: string): void {
    this.halts.delete(id);
    this.hint(undefined);
  }

  haltOf({ id, tenantId }: Pick<GoalRecord, 'id' | 'tenantId'>): Halt | null {
    return this.halts.get(id) ?? this.halts.get(tenantId) ?? null;
  }

  /** Makes every commit take so long, as one does while a database is busy. */
  delayCommits(milliseconds: number): void {
    this.commitMs = milliseconds;
  }

  /** How often the goal has been leased. */
  claimsOf(goalId: string): number {
    return this.rows.get(goalId)?.token ?? 0;
  }

  /** Who holds the goal's lease at this moment, and for how many milliseconds yet. */
  leaseOf(goalId: string): { readonly workerId: string; readonly leftMs: number } | undefined {
    const { owner = null, wakeAt = null } = this.rows.get(goalId) ?? {};
    const leftMs = (wakeAt ?? 0) - this.clock.now();
    return owner !== null && leftMs > 0 ? { workerId: owner, leftMs } : undefined;
  }

  /** Whether commands wait for the goal's owner. */
  isAsked(goalId: string): boolean {
    return (this.rows.get(goalId)?.commands.length ?? 0) > 0;
  }

  /** What is stored of a goal, for assertions. */
  async read(tenantId: string, goalId: string) {
    const row = this.rows.get(goalId);
    if (row?.goal.tenantId !== tenantId) return undefined;
    const { goal, plans, journal, events } = row;
    const approvals = [...row.approvals.values()];
    const planVersions = plans.map(({ version }) => version);
    return { goal, plans, planVersions, tasks: [...row.tasks.values()], journal, events, approvals };
  }
}

function keepApproval(approvals: Map<string, StoredApproval>, change: ApprovalChange): void {
  if (change.kind === 'ask') return void approvals.set(change.id, { ...change, state: 'pending' });
  const asked = approvals.get(change.id);
  if (asked?.state === 'pending') asked.state = change.state;
}

function isDue(row: Row, now: number): boolean {
  return row.wakeAt !== null && row.wakeAt <= now;
}

/** Whether commands wait for a goal that nobody holds. */
function isCommanded(row: Row, now: number): boolean {
  return !isLeased(row, now) && row.commands.length > 0;
}

function isLeased(row: Row, now: number): boolean {
  return row.owner !== null && row.wakeAt !== null && row.wakeAt > now;
}

function count(counts: Map<string, number>, key: string): number {
  const before = counts.get(key) ?? 0;
  counts.set(key, before + 1);
  return before;
}

/** PostgreSQL refuses such text; a stand-in that took it would hide that. */
// What PostgreSQL would refuse.
function refuseUnstorable(change: GoalChange): void {
  const ids = new Set(change.tasks.map((task) => task.id));
  if (ids.size < change.tasks.length) throw new TypeError('one change writes a task twice');
  for (const { output } of change.tasks) {
    const found = output === undefined ? undefined : findUnstorable(output, JSON.stringify(output));
    if (found !== undefined) throw new TypeError(`unstorable text at ${found}`);
  }
}
