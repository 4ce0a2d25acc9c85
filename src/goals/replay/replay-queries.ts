import { Injectable } from '@nestjs/common';
import { requirePrincipal } from '#libs/context';
import { type JournalEntrySource, type Page, formatTime, journalView, noSuchRow } from '#libs/http';
import { COMMON_ERRORS, type JsonObject, isJsonObject, publicId } from '#libs/kernel';
import { type ReplayedGoal, replay } from '#libs/orchestration';
import { TenantTransaction } from '#libs/persistence';
import { GoalQueries } from '../goal-queries.js';
import { GoalHistory } from './goal-history.js';
import { PastReads } from './past-reads.js';
import { stateView } from './replay-views.js';
import type { PlanVersionView, PlanView, ReplayQuery, ReplayView } from './replay.schemas.js';

interface PlanRow {
  readonly version: number;
  readonly tasks: number;
  readonly created_at: Date;
  readonly seq: number | null;
  readonly actor: JsonObject | null;
  readonly reason: string | null;
  readonly lineage: PlanVersionView['lineage'];
}

/** A row of a journal, if it is there, with the number of the newest one. */
type FoundRow = Omit<JournalEntrySource, 'seq'> & { readonly seq: number | null; readonly last_seq: number };

/** The newest row where the question names none. */
const ROW = `
  select g.last_seq, j.seq, j.at, j.type, j.from_state, j.to_state, j.actor, j.reason, j.data
    from goal g
    left join goal_journal j
      on j.tenant_id = g.tenant_id and j.goal_id = g.id and j.seq = coalesce($3::int, g.last_seq)
   where g.tenant_id = $1 and g.id = $2`;

/**
 * The versions of a plan, each with the row that took it up: of the first one the submission. Why there is another one
 * is the reason of the newest row before it that went to REPLANNING.
 */
const PLAN_VERSIONS = `
  with moves as (
    select seq, at, from_state, to_state, actor, reason, data from goal_journal
     where tenant_id = $1 and goal_id = $2 and type = 'goal.transition'
       and (from_state in ('IDLE', 'TASK_DECOMPOSITION') or to_state = 'REPLANNING')
  )
  select p.version, json_array_length(p.plan -> 'tasks') as tasks, p.created_at, m.seq, m.actor,
         (select w.reason from moves w where w.to_state = 'REPLANNING' and w.seq < m.seq order by w.seq desc limit 1)
           as reason,
         m.data -> 'lineage' as lineage
    from goal_plan p
    left join moves m
      on case when p.version = 1 then m.from_state = 'IDLE'
              else m.from_state = 'TASK_DECOMPOSITION' and (m.data ->> 'plan_version')::int = p.version end
   where p.tenant_id = $1 and p.goal_id = $2
   order by p.version`;

/** The past of goals: their state after any row of the journal, and the versions of their plans. */
@Injectable()
export class ReplayQueries {
  constructor(
    private readonly tenants: TenantTransaction,
    private readonly goals: GoalQueries,
    private readonly history: GoalHistory,
    private readonly reads: PastReads,
  ) {}

  /**
   * Throws `not_found`, `invalid_input` for a row that is not there, `history_too_large`, or `unavailable` where too much
   * is being read. Reads the journal up to that row only.
   */
  async at(goalId: string, query: ReplayQuery): Promise<ReplayView> {
    const { tenantId } = requirePrincipal();
    const [row] = await this.tenants.once<FoundRow>(tenantId, ROW, [tenantId, goalId, query.seq ?? null]);
    if (!row) throw COMMON_ERRORS.make('not_found', 'There is no such goal.');
    const { last_seq: last, seq } = row;
    if (seq === null) throw noSuchRow('$query.seq', query.seq, last);
    const [goal, tasks] = await this.reads.run(tenantId, () => this.replayed(goalId, seq));
    return {
      goal_id: publicId('goal', goalId),
      seq,
      previous_seq: seq > 1 ? seq - 1 : null,
      next_seq: seq < last ? seq + 1 : null,
      last_seq: last,
      row: journalView({ ...row, seq }),
      ...stateView(goal, tasks, isJsonObject(row.data) ? row.data['key'] : undefined, query),
    };
  }

  /** The goal as it was after the row, and how many tasks its plan had. */
  private async replayed(goalId: string, seq: number): Promise<[ReplayedGoal, number]> {
    const { rows, plans } = await this.history.read(goalId, seq);
    const goal = replay(rows, plans);
    return [goal, plans.findLast(({ version }) => version <= goal.planVersion)?.plan.tasks.length ?? 0];
  }

  /** Throws `not_found`. */
  async plans(goalId: string): Promise<Page<PlanVersionView>> {
    await this.goals.row(goalId);
    const { tenantId } = requirePrincipal();
    const rows = await this.tenants.once<PlanRow>(tenantId, PLAN_VERSIONS, [tenantId, goalId]);
    const data = rows.map(({ version, tasks, created_at, seq, actor, reason, lineage }) => ({
      version,
      seq,
      at: formatTime(created_at),
      by: actor,
      reason,
      tasks,
      lineage,
    }));
    return { data, next_cursor: null };
  }

  /** Throws `not_found`, which names the versions that there are. */
  async plan(goalId: string, version: number): Promise<PlanView> {
    await this.goals.row(goalId);
    const plan = await this.history.plan(goalId, version);
    if (plan) return { version, plan };
    const versions = await this.history.versions(goalId);
    const detail = `The goal has no version ${version} of its plan: there are ${versions.join(', ') || 'none yet'}.`;
    throw COMMON_ERRORS.make('not_found', detail);
  }
}
