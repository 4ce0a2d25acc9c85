import { Injectable } from '@nestjs/common';
import { requirePrincipal } from '#libs/context';
import type { JsonObject } from '#libs/kernel';
import type { Actor, GoalState, JournalRow, Plan, PlanVersion } from '#libs/orchestration';
import { TenantTransaction } from '#libs/persistence';

interface StoredRow {
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

/** Without the arguments of calls, which are most of a journal and change nothing of the state. */
const ROWS = `
  select seq, at, type, from_state, to_state, actor, case when type = 'goal.paused' then reason end as reason,
         (select json_object_agg(e.key, case when e.key = 'call'
                   then json_build_object('duration_ms', e.value -> 'duration_ms') else e.value end)
            from json_each(data) as e where e.key not in ('scores', 'lineage')) as data
    from goal_journal
   where tenant_id = $1 and goal_id = $2 and seq <= $3
   order by seq`;

const PLANS = 'select version, plan from goal_plan where tenant_id = $1 and goal_id = $2 order by version';

/** Beyond every row of a journal. */
const ALL = 2 ** 31 - 1;

/** Reads journals and plans to be replayed, of goals of the current tenant. */
@Injectable()
export class GoalHistory {
  constructor(private readonly tenants: TenantTransaction) {}

  /** The rows up to the given one, or all of them, with every version of the plan. */
  async read(goalId: string, upTo = ALL): Promise<History> {
    const { tenantId } = requirePrincipal();
    const [rows, plans] = await this.tenants.flight(tenantId, [
      { sql: ROWS, parameters: [tenantId, goalId, upTo] },
      { sql: PLANS, parameters: [tenantId, goalId] },
    ]);
    return { rows: (rows as StoredRow[]).map(journalRow), plans: plans as PlanVersion[] };
  }

  /** One version of the plan; undefined where there is none. */
  async plan(goalId: string, version: number): Promise<Plan | undefined> {
    const { tenantId } = requirePrincipal();
    const sql = 'select plan from goal_plan where tenant_id = $1 and goal_id = $2 and version = $3';
    const [row] = await this.tenants.once<{ plan: Plan }>(tenantId, sql, [tenantId, goalId, version]);
    return row?.plan;
  }
}

function journalRow({ from_state, to_state, at, ...row }: StoredRow): JournalRow {
  return { ...row, at: at.getTime(), from: from_state, to: to_state };
}
