import { Injectable } from '@nestjs/common';
import { requirePrincipal } from '#libs/context';
import type { JsonObject } from '#libs/kernel';
import type { Actor, GoalState, JournalRow, Plan, PlanVersion } from '#libs/orchestration';
import { TenantTransaction } from '#libs/persistence';
import { GOAL_ERRORS } from '../goals.errors.js';

/** Bytes of a journal that are read at once: of what a replay needs of it, and as many for each row. */
const MAX_BYTES = 64 * 1024 * 1024;
const ROW_BYTES = 500;

interface StoredRow {
  /** Of the rows up to this one. */
  readonly bytes: number;
  readonly seq: number;
  readonly at: Date;
  readonly type: string;
  readonly from_state: GoalState | null;
  readonly to_state: GoalState | null;
  readonly actor: Actor;
  readonly reason: string | null;
  readonly data: JsonObject | null;
}

/** What a journal tells of a goal, as `replay` reads it. */
export interface History {
  readonly rows: readonly JournalRow[];
  readonly plans: readonly PlanVersion[];
}

/**
 * Without the arguments of calls, which are most of a journal and change nothing of the state. Ends with the first row
 * that is too much: the database may have more of them than this process has memory.
 */
const ROWS = `
  with told as materialized (
  select seq, at, type, from_state, to_state, actor, case when type = 'goal.paused' then reason end as reason,
         (select json_object_agg(e.key, case when e.key = 'call'
                   then json_build_object('duration_ms', e.value -> 'duration_ms') else e.value end)
            from json_each(data) as e where e.key not in ('scores', 'lineage')) as data
    from goal_journal
   where tenant_id = $1 and goal_id = $2 and seq <= $3
  ), counted as (
  select seq, coalesce(octet_length(data::text), 0) + ${ROW_BYTES} as size,
         sum(coalesce(octet_length(data::text), 0) + ${ROW_BYTES}) over (order by seq) as bytes
    from told
  )
  select told.*, bytes::float8 as bytes
    from counted join told using (seq)
   where bytes - size <= $4
   order by seq`;

const PLANS = 'select version, plan from goal_plan where tenant_id = $1 and goal_id = $2 order by version';

/** Beyond every row of a journal. */
const ALL = 2 ** 31 - 1;

/** Reads journals and plans to be replayed, of goals of the current tenant. */
@Injectable()
export class GoalHistory {
  constructor(private readonly tenants: TenantTransaction) {}

  /**
   * The rows up to the given one, or all of them, with every version of the plan. Throws `history_too_large`; to be
   * called in a turn of `PastReads`.
   */
  async read(goalId: string, upTo = ALL): Promise<History> {
    const { tenantId } = requirePrincipal();
    const [rows, plans] = await this.tenants.flight(tenantId, [
      { sql: ROWS, parameters: [tenantId, goalId, upTo, MAX_BYTES] },
      { sql: PLANS, parameters: [tenantId, goalId] },
    ]);
    const stored = rows as StoredRow[];
    const { seq = 0, bytes = 0 } = stored.at(-1) ?? {};
    if (bytes > MAX_BYTES) {
      const detail = `The rows 1 to ${seq} have more than ${MAX_BYTES} bytes, which is the limit. Ask for an earlier row.`;
      throw GOAL_ERRORS.make('history_too_large', detail);
    }
    return { rows: stored.map(journalRow), plans: plans as PlanVersion[] };
  }

  /** One version of the plan; undefined where there is none. */
  async plan(goalId: string, version: number): Promise<Plan | undefined> {
    const { tenantId } = requirePrincipal();
    const sql = 'select plan from goal_plan where tenant_id = $1 and goal_id = $2 and version = $3';
    const [row] = await this.tenants.once<{ plan: Plan }>(tenantId, sql, [tenantId, goalId, version]);
    return row?.plan;
  }

  /** The numbers of all versions of the plan, ascending. */
  async versions(goalId: string): Promise<number[]> {
    const { tenantId } = requirePrincipal();
    const sql = 'select version from goal_plan where tenant_id = $1 and goal_id = $2 order by version';
    const rows = await this.tenants.once<{ version: number }>(tenantId, sql, [tenantId, goalId]);
    return rows.map(({ version }) => version);
  }
}

function journalRow({ from_state, to_state, at, bytes: _bytes, ...row }: StoredRow): JournalRow {
  return { ...row, at: at.getTime(), from: from_state, to: to_state };
}
