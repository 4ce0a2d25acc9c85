import type { JsonObject } from '#libs/kernel';
import type { Plan } from '#libs/orchestration';
import type { PlaybookLibrary } from '../library/library.js';

/** What is to be planned. */
export interface PlanRequest {
  readonly description: string;
  readonly playbook?: { readonly name: string; readonly parameters: JsonObject } | undefined;
  /** Paths that the goal is given. */
  readonly files: readonly string[];
}

/** How a plan came to be, for the journal. */
export interface PlannedBy {
  /** `playbook`: named, or asked for by one of its phrases. `steps`: a list of steps. `shape`: one step alone. */
  readonly planner: 'playbook' | 'steps' | 'shape';
  readonly playbook?: string;
  /** Complete, with defaults. */
  readonly parameters?: JsonObject;
}

export interface Planned {
  readonly understood: true;
  readonly plan: Plan;
  readonly by: PlannedBy;
}

/** Nothing is guessed: what is not understood as a whole is not planned at all. */
export interface NotUnderstood {
  readonly understood: false;
  /** What was nearly understood and why not, in sentences for the person who wrote it; may be empty. */
  readonly hints: readonly string[];
}

/** Makes plans out of descriptions (LLM-2). */
export interface PlanProvider {
  readonly name: string;
  /** Throws `invalid_input` for a playbook that does not exist or does not take these parameters. */
  plan(request: PlanRequest, playbooks: PlaybookLibrary): Planned | NotUnderstood;
}
