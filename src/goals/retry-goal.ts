import { Injectable } from '@nestjs/common';
import { requirePrincipal } from '#libs/context';
import { publicId } from '#libs/kernel';
import { type Plan, isFinal } from '#libs/orchestration';
import { TenantTransaction } from '#libs/persistence';
import { PastFiles } from './fork/files-then.js';
import { type StoredTask, deadlineOf, successor } from './fork/successor.js';
import { Workspaces } from './files/workspaces.js';
import { GoalQueries } from './goal-queries.js';
import { GOAL_ERRORS } from './goals.errors.js';
import { NewGoals } from './new-goals.js';

/** After every row of a journal. */
const NOW = 2 ** 31 - 1;

/**
 * Makes a new goal of one that failed or was cancelled: same plan, and what succeeded is kept. It is a fork at the end,
 * with one difference: it takes the files as they lie in the workspace, so that a person can mend what was missing there.
 */
@Injectable()
export class RetryGoal {
  constructor(
    private readonly newGoals: NewGoals,
    private readonly goals: GoalQueries,
    private readonly tenants: TenantTransaction,
    private readonly pastFiles: PastFiles,
    private readonly workspaces: Workspaces,
  ) {}

  /** Gives the id of the new goal. Throws `not_found`, `not_final`, `nothing_to_retry` or `invalid_input`. */
  async retry(goalId: string, deadline: string | undefined, id: string): Promise<string> {
    const { tenantId } = requirePrincipal();
    const old = await this.goals.row(goalId);
    if (!isFinal(old.state)) throw GOAL_ERRORS.make('not_final', `The goal is ${old.state}.`);
    if (await this.goals.exists(id)) return id;
    if (old.state === 'COMPLETED') throw GOAL_ERRORS.make('nothing_to_retry', 'The goal is COMPLETED.');
    const [plan, kept] = await this.standing(tenantId, goalId);
    const goal = successor({
      id,
      tenantId,
      old,
      plan,
      kept,
      files: await this.pastFiles.at(tenantId, old, NOW),
      deadline: deadlineOf(old, deadline),
      origin: { retryOf: goalId, forkedFrom: null },
      named: { retry_of: publicId('goal', goalId) },
    });
    await this.newGoals.add(tenantId, id, async () => {
      await this.workspaces.copy(tenantId, goalId, id);
      return goal;
    });
    return id;
  }

  /** The plan in force, and what has succeeded of it. */
  private async standing(tenantId: string, goalId: string): Promise<[Plan, StoredTask[]]> {
    const parameters = [tenantId, goalId];
    const [plans, tasks] = await this.tenants.flight(tenantId, [
      {
        sql: 'select plan from goal_plan where tenant_id = $1 and goal_id = $2 order by version desc limit 1',
        parameters,
      },
      {
        sql: `select t.* from task t join goal g on g.tenant_id = t.tenant_id and g.id = t.goal_id
               where t.tenant_id = $1 and t.goal_id = $2 and t.state = 'SUCCEEDED' and t.plan_version = g.plan_version
               order by t.position`,
        parameters,
      },
    ]);
    const [{ plan }] = plans as [{ plan: Plan }];
    return [plan, tasks as StoredTask[]];
  }
}
