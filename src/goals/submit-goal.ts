import { Injectable } from '@nestjs/common';
import { requirePrincipal } from '#libs/context';
import { COMMON_ERRORS, type InputIssue, type JsonObject, excerpt, newId } from '#libs/kernel';
import {
  Gate,
  type NewGoal,
  type Plan,
  type TaskCheck,
  type ToolCatalogue,
  receivedGoal,
  validatePlan,
} from '#libs/orchestration';
import { currentActor, submitterOf } from './actors.js';
import { rehearse } from './dry-run.js';
import { TaskChecker } from './engine/task-checker.js';
import { InputFiles } from './files/input-files.js';
import { GoalQueries } from './goal-queries.js';
import { GOAL_ERRORS } from './goals.errors.js';
import { NewGoals } from './new-goals.js';
import { TenantTools } from './tools/tenant-tools.js';
import type { DryRunView, SubmitGoalBody } from './goals.schemas.js';

/** The use case behind `POST /api/v1/goals`. */
@Injectable()
export class SubmitGoal {
  constructor(
    private readonly newGoals: NewGoals,
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
    const plan = this.checkedPlan(body, await this.tools.of(tenantId));
    // Its files are in use by now: putting them in place again would undo what the goal has done with them.
    if (body.files.length > 0 && (await this.goals.exists(id))) return id;
    await this.newGoals.add(tenantId, id, async () =>
      this.newGoal(id, tenantId, body, plan, await this.inputs.place(tenantId, id, body.files)),
    );
    return id;
  }

  /** What would happen, without storing anything: the plan as a graph and what the gate says to each task. */
  async dryRun(body: SubmitGoalBody): Promise<DryRunView> {
    const { tenantId } = requirePrincipal();
    const tools = await this.tools.of(tenantId);
    const plan = this.checkedPlan(body, tools);
    await this.inputs.check(tenantId, body.files);
    const { goal } = this.newGoal(newId(), tenantId, body, plan, []);
    return rehearse(goal, plan, tools, this.gate);
  }

  private checkedPlan(body: SubmitGoalBody, tools: ToolCatalogue): Plan {
    const past = body.deadline !== undefined && Date.parse(body.deadline) <= Date.now();
    if (past) refuse([{ path: 'deadline', message: 'The deadline has passed already; give a time to come.' }]);
    needNoModel(body);
    if (!body.plan) throw modelRequired('A goal without a plan has to be planned by a model.', 'plan');
    const plan = planOf(body.plan);
    refuse(validatePlan(plan, { tools, checker: this.checker }));
    return plan;
  }

  private newGoal(id: string, tenantId: string, body: SubmitGoalBody, plan: Plan, files: NewGoal['files']): NewGoal {
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
      files,
      pattern: body.pattern ?? null,
      budget: body.budget ? budgetOf(body.budget) : null,
      retryOf: null,
      tasks: [],
      artifacts: [],
      journal: [received({ tasks: total })],
      events: [created(body.description, total)],
    };
  }
}

/** The first row of every journal. */
export function received(data: JsonObject): NewGoal['journal'][number] {
  return { at: 0, type: 'goal.transition', from: 'IDLE', to: 'RECEIVED', actor: currentActor(), reason: null, data };
}

/** The event of a submission. */
export function created(description: string, tasks: number): NewGoal['events'][number] {
  return { type: 'goal.created', actor: currentActor(), data: { description: excerpt(description, 200), tasks } };
}

/** Throws `invalid_input` when there are issues. */
export function refuse(issues: readonly InputIssue[]): void {
  if (issues.length === 0) return;
  const [first] = issues;
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : '';
  throw COMMON_ERRORS.make('invalid_input', { detail: `${first!.path}: ${first!.message}${more}`, issues });
}

function modelRequired(detail: string, path: string) {
  const message = 'Needs a language model, and none is configured; send a plan whose tasks call tools.';
  return GOAL_ERRORS.make('model_required', { detail: `${path}: ${detail}`, issues: [{ path, message }] });
}

function needNoModel(body: SubmitGoalBody): void {
  if (body.playbook)
    refuse([{ path: 'playbook', message: 'There are no playbooks on this installation; send a plan.' }]);
  if (body.pattern !== undefined && body.pattern !== 'single') {
    throw modelRequired(`The pattern ${body.pattern} works with agents.`, 'pattern');
  }
  for (const [n, task] of (body.plan?.tasks ?? []).entries()) {
    const path = `plan.tasks.${n}`;
    if (task.prompt !== undefined || task.agent !== undefined) {
      throw modelRequired(
        'A task with a prompt is done by an agent.',
        `${path}.${task.prompt === undefined ? 'agent' : 'prompt'}`,
      );
    }
    if (task.tool === undefined)
      refuse([{ path: `${path}.tool`, message: 'Required: the name of a tool of GET /api/v1/tools.' }]);
  }
}

function budgetOf({ tokens, money }: NonNullable<SubmitGoalBody['budget']>): NonNullable<NewGoal['budget']> {
  return { ...(tokens !== undefined && { tokens }), ...(money !== undefined && { money }) };
}

/** The plan as the core takes it; `needNoModel` has seen that every task calls a tool. */
function planOf(plan: NonNullable<SubmitGoalBody['plan']>): Plan {
  return {
    tasks: plan.tasks.map(({ agent: _agent, prompt: _prompt, tool, check, ...task }) => ({
      ...task,
      tool: tool ?? '',
      // The schema has seen that it is exactly one of its kinds.
      ...(check && { check: check as TaskCheck }),
    })),
  };
}
