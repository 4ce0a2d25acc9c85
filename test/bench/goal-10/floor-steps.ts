import type { Row, Sample, SampledTable } from './sample.js';

/** A prepared statement that takes an array for each column. */
interface RowStatement {
  readonly name: string;
  readonly sql: string;
  readonly columns: number;
}

/** Rows for one statement. */
export interface Write {
  readonly statement: RowStatement;
  readonly rows: readonly Row[];
}

/** What one goal asks of one commit. */
export type Step = readonly Write[];

const ENDS = ['state', 'progress', 'result', 'last_seq', 'active_ms', 'started_at', 'finished_at'] as const;

/** Gives the three commits of new goals: copies of the sampled one under ids of their own. */
export function stepsOf(sample: Sample, tenantId: string, newId: () => string): { ofNewGoal(): Step[] } {
  const insert = {
    goal: insertInto('goal', sample.goal),
    plan: insertInto('goal_plan', sample.plan),
    tasks: insertInto('task', sample.tasks),
    journal: insertInto('goal_journal', sample.journal),
    events: insertInto('event', sample.events),
  };
  const types = ENDS.map((column) => typeOf(sample.goal, column));
  const [claim, finish] = [claimGoals(), finishGoals(types)];
  const ended = ENDS.map((column) => valueOf(sample.goal, column));
  const before: Record<string, string | null> = {
    state: 'RECEIVED',
    progress: valueOf(sample.goal, 'progress'),
    result: null,
    last_seq: '1',
    active_ms: '0',
    started_at: null,
    finished_at: null,
    lease_token: '0',
    wake_at: new Date().toISOString(),
  };
  const submitted = sample.goal.rows.map((row) =>
    row.map((value, n) => (Object.hasOwn(before, sample.goal.columns[n]!) ? before[sample.goal.columns[n]!]! : value)),
  );
  const copy = (table: SampledTable, rows: readonly Row[], ids: Record<string, () => string>): Row[] => {
    const makers = table.columns.map((column) => ids[column]);
    return rows.map((row) => row.map((value, n) => makers[n]?.() ?? value));
  };
  return {
    ofNewGoal: () => {
      const id = newId();
      const [tenant, goal] = [() => tenantId, () => id];
      const part = { tenant_id: tenant, goal_id: goal };
      const event = { tenant_id: tenant, id: newId, resource_id: goal };
      return [
        [
          { statement: insert.goal, rows: copy(sample.goal, submitted, { tenant_id: tenant, id: goal }) },
          { statement: insert.plan, rows: copy(sample.plan, sample.plan.rows, part) },
          { statement: insert.journal, rows: copy(sample.journal, sample.journal.rows.slice(0, 1), part) },
          { statement: insert.events, rows: copy(sample.events, sample.events.rows.slice(0, 1), event) },
        ],
        [{ statement: claim, rows: [[tenantId, id, tenantId]] }],
        [
          { statement: finish, rows: [[tenantId, id, '1', '1', ...ended]] },
          { statement: insert.tasks, rows: copy(sample.tasks, sample.tasks.rows, { ...part, id: newId }) },
          { statement: insert.journal, rows: copy(sample.journal, sample.journal.rows.slice(1), part) },
          { statement: insert.events, rows: copy(sample.events, sample.events.rows.slice(1), event) },
        ],
      ];
    },
  };
}

function insertInto(table: string, { columns, types }: SampledTable): RowStatement {
  const arrays = types.map((type, n) => `$${n + 1}::${type}[]`).join(', ');
  const sql = `insert into ${table} (${columns.join(', ')}) select * from unnest(${arrays})`;
  return { name: `insert_${table}`, sql, columns: columns.length };
}

function claimGoals(): RowStatement {
  const sql = `
    update goal g
       set lease_owner = i.owner, lease_token = g.lease_token + 1, wake_at = clock_timestamp() + interval '10 s'
      from unnest($1::uuid[], $2::uuid[], $3::uuid[]) as i(tenant_id, id, owner)
     where g.tenant_id = i.tenant_id and g.id = i.id and g.lease_owner is null`;
  return { name: 'claim', sql, columns: 3 };
}

function finishGoals(types: readonly string[]): RowStatement {
  const arrays = types.map((type, n) => `$${n + 5}::${type}[]`).join(', ');
  const sql = `
    update goal g
       set ${ENDS.map((column) => `${column} = i.${column}`).join(', ')}, lease_owner = null, wake_at = null
      from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::int[], ${arrays}) as i(tenant_id, id, token, seq, ${ENDS.join(', ')})
     where g.tenant_id = i.tenant_id and g.id = i.id and g.lease_token = i.token and g.last_seq = i.seq`;
  return { name: 'finish', sql, columns: 4 + ENDS.length };
}

function valueOf({ columns, rows }: SampledTable, column: string): string | null {
  return rows[0]![columns.indexOf(column)] ?? null;
}

function typeOf({ columns, types }: SampledTable, column: string): string {
  return types[columns.indexOf(column)]!;
}
