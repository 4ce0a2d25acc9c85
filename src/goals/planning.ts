import { Injectable } from '@nestjs/common';
import type { InputIssue, JsonObject } from '#libs/kernel';
import { type PlanProvider, type Playbook, RulePlanner, playbookLibrary } from '#libs/models';
import type { Plan, TaskCheck } from '#libs/orchestration';
import { GOAL_ERRORS } from './goals.errors.js';
import type { PlannedBy, SubmitGoalBody } from './goals.schemas.js';
import { blameParameters } from './playbooks/blame-parameters.js';
import { PlaybookQueries } from './playbooks/playbook-queries.js';
import { builtInVersion, playbookOf, withoutPlan } from './playbooks/playbook-rows.js';
import { refuse } from './refuse.js';

/** A plan that is not yet validated, with who made it. */
export interface GoalPlan {
  readonly plan: Plan;
  /** Null for a plan that was submitted. */
  readonly by: PlannedBy | null;
  /** What is wrong with the plan, told by the fields of the body that it comes from. */
  readonly blame: (issues: readonly InputIssue[]) => readonly InputIssue[];
}

interface PlaybookCall {
  readonly name: string;
  readonly parameters: JsonObject;
}

/** Finds the plan of a submission: its own, that of a playbook, or one that is made of its description. */
@Injectable()
export class Planning {
  private readonly planner: PlanProvider = new RulePlanner();

  constructor(private readonly playbooks: PlaybookQueries) {}

  /** Throws `invalid_input` or `model_required`. */
  async planOf(body: SubmitGoalBody): Promise<GoalPlan> {
    if (body.plan && body.playbook) {
      refuse([{ path: 'playbook', message: 'The goal has a `plan` as well: send one of the two.' }]);
    }
    needNoAgent(body);
    if (body.plan) return { plan: submittedPlan(body.plan), by: null, blame: (issues) => issues };
    if (body.playbook) return this.byPlaybook(body, body.playbook, blameParameters);
    return this.byDescription(body);
  }

  private async byPlaybook(
    { description, files }: SubmitGoalBody,
    call: PlaybookCall,
    blame: (issues: readonly InputIssue[], playbook: Playbook) => readonly InputIssue[],
  ): Promise<GoalPlan> {
    const own = await this.playbooks.own(call.name);
    let library = playbookLibrary(own ? [playbookOf(own)] : []);
    // Whoever is told that there is no such playbook is told of all that there are.
    if (!library.find(call.name)) library = playbookLibrary((await this.playbooks.shelf()).map(withoutPlan));
    const playbook = library.find(call.name);
    const planned = this.planner.plan({ description, playbook: call, files: files.map(({ path }) => path) }, library);
    if (!planned.understood || !playbook) throw modelRequired('description', planned.understood ? [] : planned.hints);
    return {
      plan: planned.plan,
      by: {
        planner: 'playbook',
        playbook: call.name,
        version: own?.version ?? builtInVersion(playbook),
        parameters: planned.by.parameters ?? {},
      },
      blame: (issues) => blame(issues, playbook),
    };
  }

  private async byDescription(body: SubmitGoalBody): Promise<GoalPlan> {
    const library = playbookLibrary((await this.playbooks.shelf()).map(withoutPlan));
    const { description, files } = body;
    const planned = this.planner.plan({ description, files: files.map(({ path }) => path) }, library);
    if (!planned.understood) throw modelRequired('description', planned.hints);
    const { planner, playbook: name, parameters = {} } = planned.by;
    // The plans of own playbooks have not been read: now it is known whose is needed.
    if (name !== undefined) return this.byPlaybook(body, { name, parameters }, blameDescription);
    return {
      plan: planned.plan,
      by: { planner, playbook: null, version: null, parameters: null },
      blame: blameDescription,
    };
  }
}

/** The person wrote a sentence; the plan was made of it. */
function blameDescription(issues: readonly InputIssue[]): readonly InputIssue[] {
  return issues.map(({ path, message }) => ({
    path: 'description',
    message: `Planned as said, it cannot run (${path}): ${message}`,
  }));
}

const WITHOUT_MODEL =
  'This version has no provider of language models, so none can be configured. Without one, these work: a `plan` whose ' +
  'tasks call tools, a `playbook` (GET /api/v1/playbooks lists them), one of their phrases as the description, or ' +
  'numbered steps, e.g. "1. read sales.csv 2. count the rows".';

/** `why` is what was nearly understood, or what would need a model. */
function modelRequired(path: string, why: readonly string[]) {
  const reasons = why.length > 0 ? why : ['The description is none of the forms that are understood without a model.'];
  const issues = reasons.map((message) => ({ path, message }));
  const detail = `${path}: ${reasons.join(' ')} Anything else needs a language model. ${WITHOUT_MODEL}`;
  return GOAL_ERRORS.make('model_required', { detail, issues });
}

function needNoAgent(body: SubmitGoalBody): void {
  if (body.pattern !== undefined && body.pattern !== 'single') {
    throw modelRequired('pattern', [`The pattern ${body.pattern} works with agents, which need a language model.`]);
  }
  for (const [n, task] of (body.plan?.tasks ?? []).entries()) {
    const path = `plan.tasks.${n}`;
    if (task.prompt !== undefined || task.agent !== undefined) {
      const field = task.prompt === undefined ? 'agent' : 'prompt';
      throw modelRequired(`${path}.${field}`, [
        'A task with a prompt is done by an agent, which needs a language model.',
      ]);
    }
    if (task.tool === undefined)
      refuse([{ path: `${path}.tool`, message: 'Required: the name of a tool of GET /api/v1/tools.' }]);
  }
}

/** The plan as the core takes it; `needNoAgent` has seen that every task calls a tool. */
function submittedPlan(plan: NonNullable<SubmitGoalBody['plan']>): Plan {
  return {
    tasks: plan.tasks.map(({ agent: _agent, prompt: _prompt, tool, check, ...task }) => ({
      ...task,
      tool: tool ?? '',
      // The schema has seen that it is exactly one of its kinds.
      ...(check && { check: check as TaskCheck }),
    })),
  };
}
