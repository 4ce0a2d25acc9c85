import { Injectable } from '@nestjs/common';
import { requirePrincipal } from '#libs/context';
import { noSuchRow } from '#libs/http';
import { COMMON_ERRORS, type InputIssue, excerpt, publicId } from '#libs/kernel';
import { type Plan, type ReplayedTask, keptByFork, replay, validatePlan } from '#libs/orchestration';
import { TenantTransaction } from '#libs/persistence';
import { TaskChecker } from '../engine/task-checker.js';
import { GoalQueries } from '../goal-queries.js';
import type { GoalRow } from '../goal-views.js';
import { NewGoals } from '../new-goals.js';
import { refuse } from '../refuse.js';
import { GoalHistory } from '../replay/goal-history.js';
import { PastReads } from '../replay/past-reads.js';
import { TenantTools } from '../tools/tenant-tools.js';
import { PastFiles } from './files-then.js';
import type { ForkBody } from './fork.schemas.js';
import { type StoredTask, deadlineOf, successor } from './successor.js';

/** How often a goal is read that is planned anew meanwhile. */
const MAX_READS = 5;

const RESULTS = `
  select t.* from unnest($3::text[], $4::int[]) as kept(key, plan_version)
    join task t using (key, plan_version)
   where t.tenant_id = $1 and t.goal_id = $2 and t.state = 'SUCCEEDED'`;

/** What a fork takes over, and the plan that it goes on with. */
interface Point {
  readonly plan: Plan;
  readonly kept: readonly StoredTask[];
}

/** Makes a new goal that begins as another one stood after a row of its journal, with changed input. */
@Injectable()
export class ForkGoal {
  constructor(
    private readonly newGoals: NewGoals,
    private readonly goals: GoalQueries,
    private readonly history: GoalHistory,
    private readonly tools: TenantTools,
    private readonly checker: TaskChecker,
    private readonly tenants: TenantTransaction,
    private readonly pastFiles: PastFiles,
    private readonly reads: PastReads,
  ) {}

  /**
   * Gives the id of the new goal. Throws `not_found`, `invalid_input`, `file_content_missing`, `history_too_large`, or
   * `unavailable` where too much is being read, or the old goal is planned anew all the time.
   */
  async fork(goalId: string, body: ForkBody, id: string): Promise<string> {
    const { tenantId } = requirePrincipal();
    if (!(await this.goals.exists(id))) await this.reads.run(tenantId, () => this.make(tenantId, goalId, body, id));
    return id;
  }

  private async make(tenantId: string, goalId: string, body: ForkBody, id: string): Promise<void> {
    const old = await this.goals.row(goalId);
    const { from_seq: seq, description, context, start } = body;
    const deadline = deadlineOf(old, body.deadline);
    const { plan, kept } = await this.pointOf(tenantId, goalId, body);
    const files = await this.pastFiles.at(tenantId, old, seq);
    const goal = successor({
      id,
      tenantId,
      old,
      plan,
      kept,
      files,
      deadline,
      description,
      context,
      held: !start,
      origin: { retryOf: null, forkedFrom: { goalId, seq } },
      named: { forked_from: { goal_id: publicId('goal', goalId), seq } },
    });
    await this.newGoals.add(tenantId, id, async () => {
      await this.pastFiles.place(tenantId, goalId, id, files);
      return goal;
    });
  }

  /** Journal and results must tell of the same plan: while the goal is planned anew in between, both are read again. */
  private async pointOf(tenantId: string, goalId: string, body: ForkBody): Promise<Point> {
    for (let left = MAX_READS; left > 0; left -= 1) {
      const { plan_version: current } = await this.goals.row(goalId);
      const point = await this.pointUnder(current, tenantId, goalId, body);
      if (point) return point;
    }
    throw COMMON_ERRORS.make('unavailable', 'The goal is being planned anew while it is read. Send the request again.');
  }

  /** Undefined when the goal has another version of its plan in the end. */
  private async pointUnder(
    current: number,
    tenantId: string,
    goalId: string,
    body: ForkBody,
  ): Promise<Point | undefined> {
    const { rows, plans } = await this.history.read(goalId);
    const last = rows.at(-1)?.seq ?? 0;
    if (body.from_seq < 1 || body.from_seq > last) throw noSuchRow('from_seq', body.from_seq, last);
    const then = replay(rows, plans, body.from_seq);
    const before = plans.findLast(({ version }) => version <= then.planVersion)?.plan ?? { tasks: [] };
    const plan = changedPlan(before, body.tasks);
    const changed = new Set(Object.keys(body.tasks));
    const issues = validatePlan(plan, { tools: await this.tools.of(tenantId), checker: this.checker });
    refuse(issues.map((issue) => blamed(issue, plan, changed)));
    const kept = keptByFork(then, replay(rows, plans), before, plan);
    const [results, goals] = await this.resultsOf(tenantId, goalId, kept);
    return goals[0]?.plan_version === current ? { plan, kept: results } : undefined;
  }

  /**
   * The results, and after them the version of the goal's plan. Those of a plan that a later one has dropped are still
   * there, under the version that they were of.
   */
  private async resultsOf(
    tenantId: string,
    goalId: string,
    kept: readonly ReplayedTask[],
  ): Promise<[StoredTask[], Pick<GoalRow, 'plan_version'>[]]> {
    const [keys, versions] = [kept.map(({ key }) => key), kept.map(({ planVersion }) => planVersion)];
    const [results, goals] = await this.tenants.flight(tenantId, [
      { sql: RESULTS, parameters: [tenantId, goalId, keys, versions] },
      { sql: 'select plan_version from goal where tenant_id = $1 and id = $2', parameters: [tenantId, goalId] },
    ]);
    return [results as StoredTask[], goals as Pick<GoalRow, 'plan_version'>[]];
  }
}

/** The plan with other arguments for some tasks. Throws `invalid_input` for a task that it does not have. */
function changedPlan(plan: Plan, changes: ForkBody['tasks']): Plan {
  const keys = new Set(plan.tasks.map((task) => task.id));
  const unknown = Object.keys(changes).filter((key) => !keys.has(key));
  refuse(
    unknown.slice(0, 100).map((key) => ({
      path: `tasks.${excerpt(key)}`,
      message: 'The plan that was in force at that row has no such task; its tasks are under `plans/{version}`.',
    })),
  );
  return {
    tasks: plan.tasks.map((task) => {
      const change = Object.hasOwn(changes, task.id) ? changes[task.id] : undefined;
      return change ? { ...task, arguments: change.arguments } : task;
    }),
  };
}

/** What is wrong with a task that was changed is told by the field of the body that changed it. */
function blamed(issue: InputIssue, plan: Plan, changed: ReadonlySet<string>): InputIssue {
  const [, position = '', rest = ''] = /^plan\.tasks\.(\d+)(.*)$/.exec(issue.path) ?? [];
  const key = plan.tasks[Number(position)]?.id;
  return key !== undefined && position !== '' && changed.has(key) ? { ...issue, path: `tasks.${key}${rest}` } : issue;
}
