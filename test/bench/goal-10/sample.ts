import type { Database } from '#libs/persistence';

/** A row as texts, in the order of the columns; null where there is nothing. */
export type Row = readonly (string | null)[];

export interface SampledTable {
  readonly columns: readonly string[];
  /** Names of the columns' types. */
  readonly types: readonly string[];
  readonly rows: readonly Row[];
}

/** Everything that is stored of one goal: the floor writes the same rows, so that it cannot fall behind the engine. */
export interface Sample {
  readonly goal: SampledTable;
  readonly plan: SampledTable;
  readonly tasks: SampledTable;
  readonly journal: SampledTable;
  readonly events: SampledTable;
  /** Rows of all tables together. */
  readonly rows: number;
}

/** These the database fills in. */
const GIVEN_BY_THE_DATABASE = ['event.at', 'event.epoch', 'event.xid', 'goal.created_at', 'goal_plan.created_at'];

/** Reads the only goal of a tenant. */
export async function readSample(database: Database, tenantId: string): Promise<Sample> {
  const read = async (table: string, order: string): Promise<SampledTable> => {
    const all = await database.tenants.once<{ name: string; type: string }>(
      tenantId,
      `select attname as name, format_type(atttypid, atttypmod) as type from pg_attribute
        where attrelid = $1::regclass and attnum > 0 and not attisdropped order by attnum`,
      [table],
    );
    const columns = all.filter(({ name }) => !GIVEN_BY_THE_DATABASE.includes(`${table}.${name}`));
    const rows = await database.tenants.once<{ row: (string | null)[] }>(
      tenantId,
      `select array[${columns.map(({ name }) => `${name}::text`).join(', ')}] as row from ${table}
        ${table === 'event' ? `where resource_kind = 'goal'` : ''} order by ${order}`,
    );
    return {
      columns: columns.map(({ name }) => name),
      types: columns.map(({ type }) => type),
      rows: rows.map(({ row }) => row),
    };
  };
  const tables = {
    goal: await read('goal', 'id'),
    plan: await read('goal_plan', 'version'),
    tasks: await read('task', 'position'),
    journal: await read('goal_journal', 'seq'),
    events: await read('event', 'id'),
  };
  return { ...tables, rows: Object.values(tables).reduce((sum, { rows }) => sum + rows.length, 0) };
}
