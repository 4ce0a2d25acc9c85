import { findContext } from '#libs/context';
import type {
  GoalChange,
  GoalCommand,
  GoalStore,
  Lease,
  LeaseRequest,
  LeasedGoal,
  NewGoal,
  OpenDispatch,
} from '#libs/orchestration';
import { MACHINE_VERSION, assertListed, newlyLeased } from '#libs/orchestration';
import {
  type ClaimedGoalRow,
  type ClaimedTaskRow,
  type GoalClaims,
  type LeaseKey,
  type TenantTransaction,
  isRefusal,
  refusedOrUnavailable,
} from '#libs/persistence';
import { type DispatchRow, commandOf, leasedGoal, openDispatch } from './from-rows.js';
import { GroupCommitter } from './group-committer.js';
import { bytesOfChange, bytesOfNewGoal } from './member-bytes.js';
import { type GoalRows, changeRows, commandParameters, submissionRows } from './rows.js';
import { COMMIT, DISPATCH_NEWS, type GroupSqls, INSERT_COMMAND, STORED, SUBMIT, WITHDRAW } from './sql.js';

interface StoredRow {
  readonly id: string;
  readonly token: number;
  readonly last_seq: number;
}

/** A goal that was stored: whether it belongs to whoever stored it, and when that was by the database's clock. */
interface SubmittedRow {
  readonly id: string;
  readonly leased: boolean;
  readonly now: number;
}

type Submitted = SubmittedRow | 'exists';

/** Whoever wants to own the goal from the beginning. */
interface Wanted {
  readonly wanted: LeaseRequest | null;
}

/** What is to be written, and the request that asked for it: groups hold members of several requests. */
type Asked<Member> = Member & { readonly requestId: string | null };

/** Prolongs leases; gives the ids of the goals whose lease still holds. */
export interface LeaseKeeper {
  renew(leases: readonly LeaseKey[], leaseMs: number): Promise<ReadonlySet<string>>;
}

/** Most bytes of outputs that one query reads. */
const TASK_BYTES = 64 * 1024 * 1024;

/** Goals in PostgreSQL: submissions and changes of many goals are committed in groups, each a single statement. */
export class PgGoalStore implements GoalStore {
  private readonly submissions = new GroupCommitter<Asked<NewGoal & Wanted>, Submitted>({
    write: (members) => this.submitAll(members).catch(failed),
    isRefusal,
    bytesOf: bytesOfNewGoal,
    tenantOf: ({ goal }) => goal.tenantId,
  });
  private readonly changes = new GroupCommitter<Asked<GoalChange>, 'committed' | 'lost'>({
    write: (members) => this.commitAll(members).catch(failed),
    isRefusal,
    bytesOf: bytesOfChange,
    tenantOf: ({ lease }) => lease.tenantId,
  });

  /** `hint` names the worker that is to look for a new goal; '' is any. */
  constructor(
    private readonly tenants: TenantTransaction,
    private readonly claims: GoalClaims,
    private readonly leases: LeaseKeeper,
    private readonly hint: () => string,
  ) {}

  async submit(goal: NewGoal): Promise<'stored' | 'exists'> {
    const submitted = await this.submissions.commit({ ...goal, wanted: null, requestId: currentRequest() });
    return submitted === 'exists' ? submitted : 'stored';
  }

  async submitLeased(goal: NewGoal, wanted: LeaseRequest): Promise<LeasedGoal | 'stored' | 'exists'> {
    const submitted = await this.submissions.commit({ ...goal, wanted, requestId: currentRequest() });
    if (submitted === 'exists') return submitted;
    return submitted.leased ? newlyLeased(goal, submitted.now) : 'stored';
  }

  commit(change: GoalChange): Promise<'committed' | 'lost'> {
    for (const { from, to } of change.journal) if (from && to) assertListed(from, to);
    return this.changes.commit({ ...change, requestId: currentRequest() });
  }

  async claim(request: Parameters<GoalStore['claim']>[0]): Promise<readonly LeasedGoal[]> {
    const { workerId, limit, leaseMs, onlyCommanded = false, machine = MACHINE_VERSION } = request;
    return this.leased(await this.claims.claim(workerId, limit, leaseMs, { onlyCommanded, machine }));
  }

  async claimStranded(request: Parameters<GoalStore['claimStranded']>[0]): Promise<readonly LeasedGoal[]> {
    const { workerId, machine = MACHINE_VERSION } = request;
    return this.leased(await this.claims.claimStranded(workerId, { ...request, machine }));
  }

  /** The claimed goals with what belongs to them. */
  private async leased(rows: readonly ClaimedGoalRow[]): Promise<readonly LeasedGoal[]> {
    if (rows.length === 0) return [];
    const keys = rows.map((row) => ({ tenantId: row.tenant_id, goalId: row.id, token: Number(row.lease_token) }));
    const [tasks, commands, dispatches] = await Promise.all([
      this.tasksOf(
        rows.flatMap((row, n) => (row.task_bytes === null ? [] : [{ key: keys[n]!, bytes: row.task_bytes }])),
      ),
      this.claims.commands(keys.filter((_, n) => rows[n]!.has_commands)),
      this.dispatchNews(keys.filter((_, n) => rows[n]!.has_dispatches)),
    ]);
    const tasksOf = Map.groupBy(tasks, (task) => task.goal_id);
    const commandsOf = Map.groupBy(commands, (command) => command.goal_id);
    const dispatchesOf = Map.groupBy(dispatches, ({ goalId }) => goalId);
    return rows.map((row) =>
      leasedGoal(row, tasksOf.get(row.id) ?? [], commandsOf.get(row.id) ?? [], dispatchesOf.get(row.id) ?? []),
    );
  }

  async renew(leases: readonly Lease[], leaseMs: number): Promise<ReadonlySet<string>> {
    const kept = await this.leases.renew(leases, leaseMs);
    return new Set(leases.map((lease) => lease.goalId).filter((id) => !kept.has(id)));
  }

  async commandsFor(leases: readonly Lease[]): Promise<readonly GoalCommand[]> {
    return (await this.claims.commands(leases)).map(commandOf);
  }

  async dispatchNews(leases: readonly Lease[]): Promise<readonly OpenDispatch[]> {
    if (leases.length === 0) return [];
    const tenants = leases.map(({ tenantId }) => tenantId);
    const goals = leases.map(({ goalId }) => goalId);
    return (await this.tenants.once<DispatchRow>(distinct(tenants), DISPATCH_NEWS, [tenants, goals])).map(openDispatch);
  }

  async withdraw(
    { tenantId, goalId, token }: Lease,
    dispatchId: string,
    begun: 'stop' | 'leave',
  ): Promise<'unbegun' | 'begun'> {
    const parameters = [tenantId, goalId, dispatchId, begun === 'stop', token];
    const [row] = await this.tenants.once<{ worker_id: string | null }>(tenantId, WITHDRAW, parameters);
    return row?.worker_id ? 'begun' : 'unbegun';
  }

  async command(tenantId: string, command: GoalCommand): Promise<void> {
    await this.tenants.once(tenantId, INSERT_COMMAND, commandParameters(tenantId, command));
  }

  /** Reads goals with large outputs few at a time, so that a claim of many of them asks for no answer without end. */
  private async tasksOf(
    goals: readonly { readonly key: LeaseKey; readonly bytes: number }[],
  ): Promise<ClaimedTaskRow[]> {
    const slices: LeaseKey[][] = [];
    let bytes = Infinity;
    for (const goal of goals) {
      bytes += goal.bytes;
      if (bytes > TASK_BYTES) {
        slices.push([]);
        bytes = goal.bytes;
      }
      slices.at(-1)!.push(goal.key);
    }
    const tasks: ClaimedTaskRow[] = [];
    for (const slice of slices) for (const task of await this.claims.tasks(slice)) tasks.push(task);
    return tasks;
  }

  private async submitAll(members: readonly Asked<NewGoal & Wanted>[]): Promise<Submitted[]> {
    const goals = members.toSorted((a, b) => order(a.goal.id, b.goal.id));
    const ids = goals.map(({ goal }) => goal.id);
    const tenants = goals.map(({ goal }) => goal.tenantId);
    const rows = goals.map((goal, n) => submissionRows(goal, n, goal.requestId, goal.wanted ?? { hint: this.hint() }));
    const stored = await this.writeGroup<SubmittedRow>(SUBMIT, rows, ids, tenants);
    const written = new Map(stored.map((row) => [row.id, row]));
    return members.map(({ goal }) => written.get(goal.id) ?? 'exists');
  }

  private async commitAll(members: readonly Asked<GoalChange>[]): Promise<('committed' | 'lost')[]> {
    const changes = members.toSorted((a, b) => order(a.lease.goalId, b.lease.goalId));
    const ids = changes.map(({ lease }) => lease.goalId);
    const tenants = changes.map(({ lease }) => lease.tenantId);
    const asked = changes.map((change, n) => changeRows(change, n, change.requestId));
    const rows = await this.writeGroup(COMMIT, asked, ids, tenants);
    const written = new Set(rows.map((row) => row.id));
    const missed = changes.filter(({ lease }) => !written.has(lease.goalId));
    const arrived = missed.length === 0 ? new Set<string>() : await this.arrivedBefore(missed);
    return members.map(({ lease: { goalId } }) => (written.has(goalId) || arrived.has(goalId) ? 'committed' : 'lost'));
  }

  /** Gives the goals that were really written. */
  private writeGroup<Row extends { readonly id: string }>(
    { usual, whole }: GroupSqls,
    all: readonly GoalRows[],
    ids: readonly string[],
    tenants: readonly string[],
  ): Promise<Row[]> {
    const isUsual = all.every(({ parts }) =>
      whole.parts.every((part) => parts[part].length === 0 || usual.parts.includes(part)),
    );
    const sql = isUsual ? usual : whole;
    const events = all.some(({ parts }) => parts.events.length > 0) ? told(distinct(tenants)) : '';
    const rows = sql.parts.map((part) => JSON.stringify(all.flatMap(({ parts }) => parts[part])));
    const goals = JSON.stringify(all.map(({ goal }) => goal));
    return this.tenants.once<Row>(distinct(tenants), sql, [goals, told(ids), events, ...rows]);
  }

  /** Which of these changes are stored already: their commit had arrived, only its answer was lost. */
  private async arrivedBefore(changes: readonly GoalChange[]): Promise<Set<string>> {
    const tenants = changes.map(({ lease }) => lease.tenantId);
    const ids = changes.map(({ lease }) => lease.goalId);
    const rows = await this.tenants.once<StoredRow>(distinct(tenants), STORED, [tenants, ids]);
    const stored = new Map(rows.map((row) => [row.id, row]));
    const same = changes.filter(({ lease, goal, expectedSeq }) => {
      const row = stored.get(lease.goalId);
      return row?.token === lease.token && row.last_seq === goal.lastSeq && goal.lastSeq > expectedSeq;
    });
    return new Set(same.map(({ lease }) => lease.goalId));
  }
}

/** Goals are written in the order of their ids, so that two groups never wait for each other. */
function order(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function currentRequest(): string | null {
  return findContext()?.requestId ?? null;
}

function failed(error: unknown): never {
  throw refusedOrUnavailable(error);
}

function distinct(ids: readonly string[]): string[] {
  return [...new Set(ids)];
}

/** Longest payload of a notification is 8,000 bytes; beyond that everybody looks. */
const MOST_TOLD = 200;

function told(ids: readonly string[]): string {
  return ids.length > MOST_TOLD ? '*' : ids.join(',');
}
