import { Injectable } from '@nestjs/common';
import { requirePrincipal } from '#libs/context';
import { newId, publicId } from '#libs/kernel';
import {
  type ArtifactChange,
  type NewGoal,
  PRIORITIES,
  type Plan,
  type TaskRecord,
  isFinal,
  receivedGoal,
} from '#libs/orchestration';
import { TenantTransaction } from '#libs/persistence';
import { submitterOf } from './actors.js';
import { Workspaces } from './files/workspaces.js';
import { GoalQueries } from './goal-queries.js';
import type { ArtifactRow, GoalRow, TaskRow } from './goal-views.js';
import { GOAL_ERRORS } from './goals.errors.js';
import { NewGoals } from './new-goals.js';
import { refuse } from './refuse.js';
import { created, received } from './submit-goal.js';

interface StoredTask extends TaskRow {
  readonly output_bytes: number;
}

/** Makes a new goal of one that failed or was cancelled: same plan, same files, and what succeeded is kept. */
@Injectable()
export class RetryGoal {
  constructor(
    private readonly newGoals: NewGoals,
    private readonly goals: GoalQueries,
    private readonly tenants: TenantTransaction,
    private readonly workspaces: Workspaces,
  ) {}

  /** Gives the id of the new goal. Throws `not_found`, `not_final`, `nothing_to_retry` or `invalid_input`. */
  async retry(goalId: string, deadline: string | undefined, id: string): Promise<string> {
    const { tenantId } = requirePrincipal();
    const old = await this.goals.row(goalId);
    if (!isFinal(old.state)) throw GOAL_ERRORS.make('not_final', `The goal is ${old.state}.`);
    if (await this.goals.exists(id)) return id;
    if (old.state === 'COMPLETED') throw GOAL_ERRORS.make('nothing_to_retry', 'The goal is COMPLETED.');
    const [plan, tasks, artifacts] = await this.partsOf(tenantId, goalId);
    const positions = new Map(plan.tasks.map((task, position) => [task.id, position]));
    const kept = tasks.map((task) => keptTask(task, positions.get(task.key) ?? task.position));
    const ids = new Map(tasks.map((task, n) => [task.id, kept[n]!.id]));
    const made = newGoal(id, tenantId, old, plan, deadlineOf(old, deadline));
    const { progress } = made.goal;
    const goal: NewGoal = {
      ...made,
      goal: {
        ...made.goal,
        progress: { ...progress, succeeded: kept.length, waiting: progress.total - kept.length },
      },
      retryOf: goalId,
      tasks: kept,
      artifacts: artifacts.flatMap((row) => keptArtifact(row, ids)),
      journal: [
        received({ tasks: plan.tasks.length, retry_of: publicId('goal', goalId), kept: kept.length }, old.planned_by),
      ],
    };
    await this.newGoals.add(tenantId, id, async () => {
      await this.workspaces.copy(tenantId, goalId, id);
      return goal;
    });
    return id;
  }

  private async partsOf(tenantId: string, goalId: string): Promise<[Plan, StoredTask[], ArtifactRow[]]> {
    const parameters = [tenantId, goalId];
    const [plans, tasks, artifacts] = await this.tenants.flight(tenantId, [
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
      { sql: 'select * from artifact where tenant_id = $1 and goal_id = $2', parameters },
    ]);
    const [{ plan }] = plans as [{ plan: Plan }];
    return [plan, tasks as StoredTask[], artifacts as ArtifactRow[]];
  }
}

function keptTask(row: StoredTask, position: number): TaskRecord {
  return {
    id: newId(),
    key: row.key,
    position,
    planVersion: 1,
    state: 'SUCCEEDED',
    attempts: row.attempts,
    dependsOn: row.depends_on,
    tool: row.tool,
    output: row.output,
    outputBytes: row.output_bytes,
    error: null,
    workerId: row.worker_id,
    startedAt: row.started_at?.getTime() ?? null,
    finishedAt: row.finished_at?.getTime() ?? null,
    retryAt: null,
    approval: null,
  };
}

/** Contents are stored by their hash, so the new goal needs a row only. Files of tasks that run again come from them. */
function keptArtifact(row: ArtifactRow, ids: ReadonlyMap<string, string>): ArtifactChange[] {
  const taskId = ids.get(row.task_id);
  if (taskId === undefined) return [];
  const file = {
    path: row.path,
    removed: false as const,
    size: Number(row.size),
    sha256: row.sha256,
    mediaType: row.media_type,
  };
  return [{ id: newId(), taskId, file, row: 0 }];
}

function deadlineOf(old: GoalRow, given: string | undefined): number | null {
  const now = Date.now();
  const wanted = given === undefined ? old.deadline?.getTime() : Date.parse(given);
  if (given !== undefined && Date.parse(given) <= now) {
    refuse([{ path: 'deadline', message: 'The deadline has passed already; give a time to come.' }]);
  }
  return wanted !== undefined && wanted > now ? wanted : null;
}

function newGoal(id: string, tenantId: string, old: GoalRow, plan: Plan, deadline: number | null): NewGoal {
  const submitter = submitterOf(requirePrincipal().principal);
  const total = plan.tasks.length;
  return {
    goal: receivedGoal(
      {
        tenantId,
        id,
        description: old.description,
        priority: PRIORITIES[old.priority] ?? 'normal',
        context: old.context,
        deadline,
        onFailure: old.on_failure === 'replan' ? 'replan' : 'fail',
        submitter,
        held: false,
      },
      plan,
    ),
    pattern: old.pattern,
    budget: old.budget,
    retryOf: null,
    forkedFrom: null,
    files: old.files,
    plan,
    plannedBy: old.planned_by,
    tasks: [],
    artifacts: [],
    journal: [],
    events: [created(old.description, total)],
  };
}
