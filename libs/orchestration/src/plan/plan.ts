import type { JsonObject, JsonValue } from '#libs/kernel';

/** Most tasks that one plan may hold. Fixed by the contract. */
export const MAX_TASKS = 5_000;

/** Characters of a task's id at the most. Fixed by the contract. */
export const MAX_KEY_LENGTH = 128;

/** Form of a task's id within its plan. */
export const TASK_KEY = new RegExp(`^[A-Za-z0-9_.-]{1,${MAX_KEY_LENGTH}}$`);

/** A declared condition on a task's output, which is really evaluated. */
export type TaskCheck =
  /** JSON Schema (draft 2020-12) that the output must meet. */
  | { readonly schema: JsonValue; readonly expression?: undefined; readonly command?: undefined }
  /** JavaScript about the variable `output`, which must give `true`. */
  | { readonly expression: string; readonly schema?: undefined; readonly command?: undefined }
  /** Program and arguments, which must end with 0. */
  | { readonly command: readonly string[]; readonly schema?: undefined; readonly expression?: undefined };

/** The tool that runs the command of a check. */
export const COMMAND_TOOL = 'run_command';

/**
 * One task as its author wrote it. The plan is the author's document, so it keeps the names of the wire; nothing of
 * it is renamed or completed on the way to the database and back.
 */
export interface PlanTask {
  /** Unique in the plan; called the task's key elsewhere, to tell it from the id of the row. */
  readonly id: string;
  readonly title?: string | undefined;
  readonly tool: string;
  readonly arguments?: JsonObject | undefined;
  readonly depends_on?: readonly string[] | undefined;
  readonly retry?: { readonly max_attempts?: number | undefined } | undefined;
  readonly timeout_seconds?: number | undefined;
  readonly check?: TaskCheck | undefined;
}

/** A directed acyclic graph of tasks. */
export interface Plan {
  readonly tasks: readonly PlanTask[];
}

/** What happens when a task is out of attempts: the end, or another plan that keeps what succeeded. */
export type OnFailure = 'fail' | 'replan';

/** First attempt included. ORC-8: up to three retries unless the task says otherwise. */
const DEFAULT_MAX_ATTEMPTS = 4;
export const LIMIT_MAX_ATTEMPTS = 20;

export function maxAttempts(task: PlanTask): number {
  return task.retry?.max_attempts ?? DEFAULT_MAX_ATTEMPTS;
}
