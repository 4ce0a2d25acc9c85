import type { JsonObject } from '#libs/kernel';
import type { TenantTransaction } from '../tenant-transaction.js';

/** One row of a goal's journal, as it is stored. */
export interface JournalRow {
  /** From 1, without gaps. */
  readonly seq: number;
  readonly at: Date;
  readonly type: string;
  readonly from_state: string | null;
  readonly to_state: string | null;
  readonly actor: JsonObject;
  readonly reason: string | null;
  readonly data: JsonObject | null;
}

export interface JournalPage {
  /** Ascending by `seq`. */
  readonly rows: readonly JournalRow[];
  /** Number of the newest row at this moment. */
  readonly lastSeq: number;
  /** Whether the goal is in a final state: no row will follow `lastSeq`. */
  readonly ended: boolean;
}

type PageRow = { readonly last_seq: number; readonly ended: boolean } & (
  | JournalRow
  | { readonly [Column in keyof JournalRow]: null }
);

/** The final states of a goal, as the machine of libs/orchestration has them; a test holds the two together. */
export const FINAL_STATES: readonly string[] = ['COMPLETED', 'FAILED', 'CANCELLED'];

// One statement, so that state, number and rows are of one moment.
const PAGE = `
  select g.last_seq, g.state = any($5) as ended, j.*
    from goal g
    left join lateral (
      select seq, at, type, from_state, to_state, actor, reason, data from goal_journal
       where tenant_id = $1 and goal_id = $2 and seq > $3 order by seq limit $4
    ) j on true
   where g.tenant_id = $1 and g.id = $2
   order by j.seq`;

/** Reads the journals of a tenant's goals under its row-level security. */
export class JournalReader {
  constructor(private readonly tenants: TenantTransaction) {}

  /** The rows after `seq`, at most `limit` of them. Undefined when the tenant has no such goal. */
  async after(tenantId: string, goalId: string, seq: number, limit: number): Promise<JournalPage | undefined> {
    const parameters = [tenantId, goalId, seq, limit, FINAL_STATES];
    const found = await this.tenants.once<PageRow>(tenantId, PAGE, parameters);
    const [first] = found;
    if (!first) return undefined;
    return { rows: found.filter(isRow), lastSeq: first.last_seq, ended: first.ended };
  }
}

// A goal without further rows still gives one, of its own columns alone.
function isRow(row: PageRow): row is PageRow & JournalRow {
  return row.seq !== null;
}
