/** What the API answers, as far as the command line looks at it. Names are those of the wire. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [name: string]: Json;
}

export interface Failure {
  readonly code: string;
  readonly detail: string;
}

export interface Goal {
  readonly id: string;
  readonly description: string;
  readonly state: string;
  readonly progress: { readonly total: number; readonly succeeded: number; readonly failed: number };
  readonly result: Json;
  readonly error: Failure | null;
  readonly started_at: string | null;
  readonly finished_at: string | null;
}

export interface Task {
  readonly id: string;
  readonly key: string;
  readonly state: string;
  readonly tool: string;
  readonly attempts: number;
  readonly output: Json;
  readonly error: Failure | null;
}

export interface Artifact {
  readonly id: string;
  readonly path: string;
  readonly size: number;
  readonly media_type: string;
}

export interface Approval {
  readonly id: string;
  readonly goal_id: string;
  readonly goal_description: string;
  readonly task_key: string;
  readonly tool: string;
  readonly kind: 'permission' | 'uncertain';
  readonly action: string | null;
  readonly risk: string;
  readonly arguments: JsonObject;
  readonly check_command: readonly string[] | null;
  readonly arguments_hash: string;
  readonly reason: string;
  readonly uncertain: {
    readonly attempt: number;
    readonly since: string;
    readonly idempotency_key: string | null;
  } | null;
  readonly output: Json;
  readonly requested_by: { readonly kind: string; readonly name: string };
  readonly expires_at: string;
  readonly state: string;
}

export interface JournalEntry {
  readonly seq: number;
  readonly at: string;
  readonly type: string;
  readonly from: string | null;
  readonly to: string | null;
  readonly reason: string | null;
  readonly data: JsonObject | null;
}

export interface Page<Item> {
  readonly data: readonly Item[];
  readonly next_cursor: string | null;
}

/** RFC 9457, as every refusal comes. */
export interface Problem {
  readonly title: string;
  readonly status: number;
  readonly detail?: string;
  readonly code?: string;
  readonly type?: string;
  readonly request_id?: string;
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
}

/** A text, where it is one. */
export function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

const FINAL: readonly string[] = ['COMPLETED', 'FAILED', 'CANCELLED'];

/** Whether a goal in this state never changes again. */
export function isFinal(state: string): boolean {
  return FINAL.includes(state);
}

export interface PlaybookSummary {
  readonly name: string;
  readonly title: string;
  readonly parameters: JsonObject;
}

/** What the command line reads of a dry run. */
export interface Rehearsal {
  readonly tasks: readonly {
    readonly key: string;
    readonly tool: string;
    readonly depends_on: readonly string[];
    readonly decision: { readonly decision: 'allow' | 'ask' | 'deny'; readonly reason: string };
  }[];
}
