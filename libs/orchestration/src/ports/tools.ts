import type { InputIssue, JsonObject, JsonValue } from '#libs/kernel';

/** How dangerous an action is. */
export const RISKS = ['LOW', 'MEDIUM', 'HIGH', 'CRITICAL'] as const;
export type Risk = (typeof RISKS)[number];

/**
 * What repeating a call may do. `pure`: nothing outside the goal can tell that it ran. `idempotent`: twice is as
 * good as once. `non_idempotent`: never repeated blindly.
 */
export type ToolEffect = 'pure' | 'idempotent' | 'non_idempotent';

/** What the engine must know of a tool. */
export interface ToolSpec {
  readonly name: string;
  readonly risk: Risk;
  readonly effect: ToolEffect;
  readonly timeoutSeconds: number;
  /**
   * The arguments that name a place outside the goal's workspace, with the reason. Only texts are judged: a
   * reference that still stands there is judged once it is known, and links when the path is really opened.
   */
  refusedPaths(given: JsonObject): readonly { readonly name: string; readonly reason: string }[];
}

/** The tools that there are. */
export interface ToolCatalogue {
  find(name: string): ToolSpec | undefined;
  names(): readonly string[];
  /** What is wrong with arguments in which references still stand; paths are relative to the arguments. */
  validateArguments(name: string, given: JsonObject): readonly InputIssue[];
}

/** One call, ready to be run: references are replaced. */
export interface ToolCall {
  readonly tool: string;
  readonly arguments: JsonObject;
  readonly tenantId: string;
  readonly goalId: string;
  readonly taskId: string;
  /** 1 for the first attempt. */
  readonly attempt: number;
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal;
}

/** A file that a call left in the workspace, or took away (`removed`). */
export type FileChange =
  | { readonly path: string; readonly removed: true }
  | {
      readonly path: string;
      readonly removed: false;
      readonly size: number;
      readonly sha256: string;
      readonly mediaType: string;
    };

export interface Failure {
  /** Stable; explained in the list of error codes. */
  readonly code: string;
  readonly detail: string;
}

export type ToolOutcome =
  | {
      readonly ok: true;
      readonly output: JsonValue;
      readonly outputBytes: number;
      readonly files: readonly FileChange[];
    }
  | { readonly ok: false; readonly error: Failure; readonly retryable: boolean; readonly violation: boolean };

/** Runs a call. Only the gate may hold one. Never throws for what a tool does; gives up when the signal fires. */
export interface ToolRunner {
  run(call: ToolCall): Promise<ToolOutcome>;
}
