import { Injectable } from '@nestjs/common';
import { requirePrincipal } from '#libs/context';
import { type JsonObject, excerpt, newId } from '#libs/kernel';
import { Gate, type NewGoal, type Plan, type ToolCatalogue, receivedGoal, validatePlan } from '#libs/orchestration';
import { currentActor, submitterOf } from './actors.js';
import { rehearse } from './dry-run.js';
import { TaskChecker } from './engine/task-checker.js';
import { InputFiles } from './files/input-files.js';
import { GoalQueries } from './goal-queries.js';
import { NewGoals } from './new-goals.js';
import { Planning } from './planning.js';
import { refuse } from './refuse.js';
import { TenantTools } from './tools/tenant-tools.js';
import type { DryRunView, PlannedBy, SubmitGoalBody } from './goals.schemas.js';

interface Planned {
  readonly plan: Plan;
  readonly by: PlannedBy | null;
}

/** The use case behind `POST /api/v1/goals`. */
@Injectable()
export class SubmitGoal {
  constructor(
    private readonly newGoals: NewGoals,
    private readonly planning: Planning,
    private readonly tools: TenantTools,
    private readonly gate: Gate,
    private readonly checker: TaskChecker,
    private readonly inputs: InputFiles,
    private readonly goals: GoalQueries,
  ) {}

  /**
   * Checks the goal whole, puts its files in place and stores it. The same `id` again changes nothing: a request that
   * is repeated after a crash ends where the first one did. Throws `invalid_input` or `model_required`.
   */
  async submit(body: SubmitGoalBody, id: string = newId()): Promise<string> {
    const { tenantId } = requirePrincipal();
    const planned = await this.checkedPlan(body, await this.tools.of(tenantId));
    // Its files are in use by now: putting them in place again would undo what the goal has done with them.
    if (body.files.length > 0 && (await this.goals.exists(id))) return id;
    await this.newGoals.add(tenantId, id, async () =>
      this.newGoal(id, tenantId, body, planned, await this.inputs.place(tenantId, id, body.files)),
    );
    return id;
  }

  /** What would happen, without storing anything: the plan as a graph and what the gate says to each task. */
  async dryRun(body: SubmitGoalBody): Promise<DryRunView> {
    const { tenantId } = requirePrincipal();
    const tools = await this.tools.of(tenantId);
    const planned = await this.checkedPlan(body, tools);
    await this.inputs.check(tenantId, body.files);
    const { goal } = this.newGoal(newId(), tenantId, body, planned, []);
    return { ...(await rehearse(goal, planned.plan, tools, this.gate)), planned_by: planned.by };
  }

  private async checkedPlan(body: SubmitGoalBody, tools: ToolCatalogue): Promise<Planned> {
    const past = body.deadline !== undefined && Date.parse(body.deadline) <= Date.now();
    if (past) refuse([{ path: 'deadline', message: 'The deadline has passed already; give a time to come.' }]);
    const { plan, by, blame } = await this.planning.planOf(body);
    refuse(blame(validatePlan(plan, { tools, checker: this.checker })));
    return { plan, by };
  }

  private newGoal(
    id: string,
    tenantId: string,
    body: SubmitGoalBody,
    { plan, by }: Planned,
    files: NewGoal['files'],
  ): NewGoal {
    const submitter = submitterOf(requirePrincipal().principal);
    const total = plan.tasks.length;
    const submission = {
      tenantId,
      id,
      description: body.description,
      priority: body.priority,
      context: body.context,
      deadline: body.deadline === undefined ? null : Date.parse(body.deadline),
      onFailure: body.on_failure,
      submitter,
      held: !body.start,
    };
    return {
      goal: receivedGoal(submission, plan),
      plan,
      plannedBy: by,
      files,
      pattern: body.pattern ?? null,
      budget: body.budget ? budgetOf(body.budget) : null,
      retryOf: null,
      forkedFrom: null,
      tasks: [],
      artifacts: [],
      journal: [received({ tasks: total, ...(!body.start && { held: true }) }, by)],
      events: [created(body.description, total)],
    };
  }
}

/** The first row of every journal: it says who planned, if anybody but the submitter. */
export function received(counts: JsonObject, by: PlannedBy | null): NewGoal['journal'][number] {
  const data = by ? { ...counts, planned_by: briefly(by) } : counts;
  return { at: 0, type: 'goal.transition', from: 'IDLE', to: 'RECEIVED', actor: currentActor(), reason: null, data };
}

/** The event of a submission. */
export function created(description: string, tasks: number): NewGoal['events'][number] {
  return { type: 'goal.created', actor: currentActor(), data: { description: excerpt(description, 200), tasks } };
}

/** For the journal: parameters may be long, and stand in the goal. */
function briefly({ planner, playbook, version }: PlannedBy): JsonObject {
  return { planner, playbook, version };
}

function budgetOf({ tokens, money }: NonNullable<SubmitGoalBody['budget']>): NonNullable<NewGoal['budget']> {
  return { ...(tokens !== undefined && { tokens }), ...(money !== undefined && { money }) };
}
