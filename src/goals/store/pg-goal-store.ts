import type { GoalChange, GoalCommand, GoalStore, Lease, LeasedGoal, NewGoal } from '#libs/orchestration';
import { assertListed } from '#libs/orchestration';
import { type GoalClaims, type TenantTransaction, isUnreachable } from '#libs/persistence';
import { commandOf, leasedGoal } from './from-rows.js';
import { GroupCommitter } from './group-committer.js';
import { type GoalRows, changeRows, submissionRows } from './rows.js';
import { COMMIT, INSERT_COMMAND, STORED, SUBMIT } from './sql.js';

interface StoredRow {
  readonly id: string;
  readonly token: number;
  readonly last_seq: number;
}

const isRefusal = (error: unknown): boolean => !isUnreachable(error);

/** Goals in PostgreSQL: submissions and changes of many goals are committed in groups, each a single statement. */
export class PgGoalStore implements GoalStore {
  private readonly submissions = new GroupCommitter<NewGoal, 'stored' | 'exists'>(
    (members) => this.submitAll(members),
    isRefusal,
  );
  private readonly changes = new GroupCommitter<GoalChange, 'committed' | 'lost'>(
    (members) => this.commitAll(members),
    isRefusal,
  );

  constructor(
    private readonly tenants: TenantTransaction,
    private readonly claims: GoalClaims,
  ) {}

  submit(goal: NewGoal): Promise<'stored' | 'exists'> {
    return this.submissions.commit(goal);
  }

  commit(change: GoalChange): Promise<'committed' | 'lost'> {
    for (const { from, to } of change.journal) if (from && to) assertListed(from, to);
    return this.changes.commit(change);
  }

  async claim(request: { workerId: string; limit: number; leaseMs: number }): Promise<readonly LeasedGoal[]> {
    const rows = await this.claims.claim(request.workerId, request.limit, request.leaseMs);
    if (rows.length === 0) return [];
    const keys = rows.map((row) => ({ tenantId: row.tenant_id, goalId: row.id, token: Number(row.lease_token) }));
    const [tasks, commands] = await Promise.all([
      this.claims.tasks(keys.filter((_, n) => rows[n]!.has_tasks)),
      this.claims.commands(keys.filter((_, n) => rows[n]!.has_commands)),
    ]);
    const tasksOf = Map.groupBy(tasks, (task) => task.goal_id);
    const commandsOf = Map.groupBy(commands, (command) => command.goal_id);
    return rows.map((row) => leasedGoal(row, tasksOf.get(row.id) ?? [], commandsOf.get(row.id) ?? []));
  }

  async renew(leases: readonly Lease[], leaseMs: number): Promise<ReadonlySet<string>> {
    const kept = await this.claims.renew(leases, leaseMs);
    return new Set(leases.map((lease) => lease.goalId).filter((id) => !kept.has(id)));
  }

  async commandsFor(leases: readonly Lease[]): Promise<readonly GoalCommand[]> {
    return (await this.claims.commands(leases)).map(commandOf);
  }

  async command(tenantId: string, command: GoalCommand): Promise<void> {
    const { goalId, id, kind, actor, reason } = command;
    await this.tenants.once(tenantId, INSERT_COMMAND, [tenantId, goalId, id, kind, JSON.stringify(actor), reason]);
  }

  private async submitAll(goals: readonly NewGoal[]): Promise<('stored' | 'exists')[]> {
    const ids = goals.map(({ goal }) => goal.id);
    const tenants = goals.map(({ goal }) => goal.tenantId);
    const parameters = parametersOf(goals.map(submissionRows), ids, tenants);
    const stored = await this.tenants.once<{ id: string }>(distinct(tenants), SUBMIT, parameters);
    const written = new Set(stored.map((row) => row.id));
    return ids.map((id) => (written.has(id) ? 'stored' : 'exists'));
  }

  private async commitAll(changes: readonly GoalChange[]): Promise<('committed' | 'lost')[]> {
    const ids = changes.map(({ lease }) => lease.goalId);
    const tenants = changes.map(({ lease }) => lease.tenantId);
    const handled = changes.flatMap((change) => change.handledCommands);
    const parameters = [...parametersOf(changes.map(changeRows), ids, tenants), handled];
    const rows = await this.tenants.once<{ id: string }>(distinct(tenants), COMMIT, parameters);
    const written = new Set(rows.map((row) => row.id));
    const missed = changes.filter(({ lease }) => !written.has(lease.goalId));
    const arrived = missed.length === 0 ? new Set<string>() : await this.arrivedBefore(missed);
    return ids.map((id) => (written.has(id) || arrived.has(id) ? 'committed' : 'lost'));
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

function distinct(ids: readonly string[]): string[] {
  return [...new Set(ids)];
}

/** Longest payload of a notification is 8,000 bytes; beyond that everybody looks. */
const MOST_TOLD = 200;

function told(ids: readonly string[]): string {
  return ids.length > MOST_TOLD ? '*' : ids.join(',');
}

function parametersOf(all: readonly GoalRows[], ids: readonly string[], tenants: readonly string[]): unknown[] {
  const text = (pick: (rows: GoalRows) => readonly object[]): string => JSON.stringify(all.flatMap(pick));
  const events = all.some((rows) => rows.events.length > 0) ? told(distinct(tenants)) : '';
  return [
    JSON.stringify(all.map((rows) => rows.goal)),
    text((rows) => rows.tasks),
    text((rows) => rows.journal),
    text((rows) => rows.events),
    text((rows) => rows.plans),
    text((rows) => rows.artifacts),
    told(ids),
    events,
  ];
}
