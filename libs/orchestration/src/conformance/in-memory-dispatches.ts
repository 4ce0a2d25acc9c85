import type { Clock } from '#libs/kernel';
import { LOST_ENDINGS } from '../dispatch/lost-endings.js';
import type {
  DispatchLease,
  DispatchSignals,
  DispatchStore,
  Ending,
  NewDispatch,
  OpenDispatch,
  TakenCall,
} from '../ports/dispatch.js';

interface Row {
  readonly tenantId: string;
  readonly goalId: string;
  readonly dispatch: NewDispatch;
  workerId: string | null;
  token: number;
  deliveries: number;
  leaseUntil: number;
  startedAt: number | null;
  withdrawn: boolean;
  ending: Ending | null;
}

const MAX_DELIVERIES = 4;

/** Dispatched calls in memory: the part of the in-memory goal store that workers see. */
export class InMemoryDispatches implements DispatchStore, DispatchSignals {
  private readonly rows = new Map<string, Row>();
  private readonly workListeners = new Set<(workerId: string | undefined) => void>();
  private readonly withdrawnListeners = new Set<(id: string | undefined) => void>();
  private readonly newsListeners = new Set<(goalIds: readonly string[] | undefined) => void>();

  constructor(
    private readonly clock: Pick<Clock, 'now'>,
    readonly onHalt: DispatchSignals['onHalt'],
    private readonly isPaused: (goalId: string) => boolean,
  ) {}

  add(tenantId: string, goalId: string, dispatch: NewDispatch): void {
    const state = { workerId: null, token: 0, deliveries: 0, leaseUntil: 0, startedAt: null };
    this.rows.set(dispatch.id, { tenantId, goalId, dispatch, ...state, withdrawn: false, ending: null });
    this.hint(dispatch.hint ?? undefined);
  }

  remove(id: string): void {
    this.rows.delete(id);
  }

  newsOf(goalIds: readonly string[]): OpenDispatch[] {
    return [...this.rows.values()]
      .filter(({ goalId }) => goalIds.includes(goalId))
      .map(({ goalId, dispatch: { id, taskId, attempt, purpose }, workerId, startedAt, ending }) => {
        const of = { id, goalId, taskId, attempt, purpose };
        return { ...of, workerId, startedAt, ending };
      });
  }

  /** Who makes a task's call at this moment, and for how many milliseconds yet it may; undefined where nobody wants it. */
  leaseOf(taskId: string): { readonly workerId: string | null; readonly leftMs: number } | undefined {
    const row = [...this.rows.values()].find(({ dispatch, withdrawn }) => dispatch.taskId === taskId && !withdrawn);
    return row && { workerId: row.workerId, leftMs: row.leaseUntil - this.clock.now() };
  }

  withdraw(id: string, begun: 'stop' | 'leave'): 'unbegun' | 'begun' {
    const row = this.rows.get(id);
    if (!row) return 'unbegun';
    if (row.workerId !== null && begun === 'leave') return 'begun';
    if (row.ending) return row.workerId === null ? 'unbegun' : 'begun';
    row.withdrawn = true;
    if (row.workerId === null) row.ending = { kind: 'unasked' };
    for (const listener of this.withdrawnListeners) listener(id);
    return row.workerId === null ? 'unbegun' : 'begun';
  }

  async take(request: Parameters<DispatchStore['take']>[0]): Promise<readonly TakenCall[]> {
    const now = this.clock.now();
    const running = new Map<string, number>();
    for (const row of this.rows.values()) if (isHeld(row, now)) count(running, row.tenantId);
    const free = [...this.rows.values()]
      .filter((row) => request.needs.includes(row.dispatch.needs) && isFree(row, now) && !this.isPaused(row.goalId))
      .map((row) => ({ row, turn: count(running, row.tenantId) }))
      .toSorted((a, b) => a.turn - b.turn);
    const taken = free.slice(0, request.limit).map(({ row }) => {
      Object.assign(row, { workerId: request.workerId, leaseUntil: now + request.leaseMs, startedAt: now });
      row.token += 1;
      row.deliveries += 1;
      return { lease: leaseOf(row), work: row.dispatch.work };
    });
    for (const { lease } of taken) this.tell(lease.goalId);
    return taken;
  }

  async finish(lease: DispatchLease, ending: Ending): Promise<'stored' | 'late'> {
    const row = this.mine(lease);
    if (!row || row.ending) return 'late';
    row.ending = ending;
    this.tell(row.goalId);
    return 'stored';
  }

  async handBack(lease: DispatchLease): Promise<void> {
    const row = this.mine(lease);
    if (!row) return;
    row.workerId = null;
    row.deliveries -= 1;
    if (row.withdrawn) row.ending = { kind: 'unasked' };
    await this.tellAll();
  }

  async keep(leases: readonly DispatchLease[], leaseMs: number): Promise<ReadonlySet<string>> {
    const lost = new Set<string>();
    for (const lease of leases) {
      const row = this.mine(lease);
      if (!row || row.withdrawn) lost.add(lease.id);
      else row.leaseUntil = this.clock.now() + leaseMs;
    }
    return lost;
  }

  async endLost(): Promise<void> {
    const now = this.clock.now();
    for (const row of this.rows.values()) {
      if (row.ending || row.workerId === null || row.leaseUntil > now) continue;
      if (row.dispatch.repeatable && row.deliveries < MAX_DELIVERIES && !row.withdrawn) continue;
      row.ending = lostEnding(row);
      this.tell(row.goalId);
    }
  }

  onDispatch(listener: (workerId: string | undefined) => void): () => void {
    this.workListeners.add(listener);
    return () => this.workListeners.delete(listener);
  }

  tellAll(): Promise<void> {
    this.hint(undefined);
    return Promise.resolve();
  }

  /** Tells that there may be calls to take: one worker, or all. */
  hint(workerId: string | undefined): void {
    for (const listener of this.workListeners) listener(workerId);
  }

  onWithdrawn(listener: (id: string | undefined) => void): () => void {
    this.withdrawnListeners.add(listener);
    return () => this.withdrawnListeners.delete(listener);
  }

  onNews(listener: (goalIds: readonly string[] | undefined) => void): () => void {
    this.newsListeners.add(listener);
    return () => this.newsListeners.delete(listener);
  }

  private tell(goalId: string): void {
    for (const listener of this.newsListeners) listener([goalId]);
  }

  private mine({ id, token }: DispatchLease): Row | undefined {
    const row = this.rows.get(id);
    return row?.token === token && row.workerId !== null ? row : undefined;
  }
}

function lostEnding({ dispatch, withdrawn }: Row): Ending {
  if (!dispatch.repeatable) return LOST_ENDINGS.uncertain;
  return withdrawn ? { kind: 'unasked' } : LOST_ENDINGS.repeatable;
}

function isHeld({ workerId, leaseUntil, ending }: Row, now: number): boolean {
  return !ending && workerId !== null && leaseUntil > now;
}

function isFree(row: Row, now: number): boolean {
  if (row.ending || row.withdrawn || isHeld(row, now)) return false;
  return row.workerId === null || (row.dispatch.repeatable && row.deliveries < MAX_DELIVERIES);
}

function leaseOf({ tenantId, goalId, dispatch, token }: Row): DispatchLease {
  return { tenantId, goalId, id: dispatch.id, token };
}

function count(counts: Map<string, number>, key: string): number {
  const before = counts.get(key) ?? 0;
  counts.set(key, before + 1);
  return before;
}
