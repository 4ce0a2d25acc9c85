import type { InputIssue, JsonObject, JsonValue } from '#libs/kernel';
import type { Capability } from './workers.js';

/** How dangerous an action is. */
export const RISKS = ['LOW', 'MEDIUM', 'HIGH', 'CRITICAL'] as const;
export type Risk = (typeof RISKS)[number];

/**
 * What repeating a call may do. `pure`: nothing outside the goal can tell that it ran. `idempotent`: twice is as
 * good as once. `non_idempotent`: never repeated blindly.
 */
export type ToolEffect = 'pure' | 'idempotent' | 'non_idempotent';

/** What an agent must be allowed to do before it may make a call (TOL-4), from the least to the most. */
export type PermissionLevel = 'READ_ONLY' | 'READ_WRITE' | 'EXECUTE' | 'ADMIN';

/** What a person must agree to before it is done (SAF-3), unless the tenant says otherwise. */
export const APPROVAL_ACTIONS = ['deploy', 'delete', 'payment', 'admin', 'code'] as const;
export type ApprovalAction = (typeof APPROVAL_ACTIONS)[number];

/** What the gate judges a call by. It may depend on the arguments. */
export interface CallFacts {
  readonly risk: Risk;
  readonly effect: ToolEffect;
  readonly permissionLevel: PermissionLevel;
  /** What the call is an instance of, where a person must agree to such calls. */
  readonly action: ApprovalAction | null;
  /** Where the call runs code that somebody wrote, if it does. */
  readonly runsCode: 'wasm' | 'local' | null;
}

/** Something that no call may do, whoever agrees to it (SAF-4). */
export interface BlockedAction {
  /** A code of `error.code`. */
  readonly code: 'path_outside_workspace' | 'address_blocked' | 'command_blocked';
  /** The argument that says so. */
  readonly argument: string;
  readonly reason: string;
}

/** What the engine must know of a tool. */
export interface ToolSpec {
  readonly name: string;
  readonly timeoutSeconds: number;
  /** What a process must be there for, to run it. */
  readonly needs: Capability;
  /** What a call with these arguments is; references that still stand there make it the most careful answer. */
  facts(given: JsonObject): CallFacts;
  /**
   * What in the arguments may never be done. Only what is known is judged: a reference that still stands there is
   * judged once it is resolved, and links and addresses again when they are really opened.
   */
  blocked(given: JsonObject): readonly BlockedAction[];
}

/** The tools of a tenant: the built-in ones, and its own. */
export interface ToolCatalogues {
  /** A snapshot. Throws `unavailable` while it cannot be known. */
  of(tenantId: string): ToolCatalogue | Promise<ToolCatalogue>;
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
  /** The same for every attempt of this call; null for a pure one, which nobody outside has to recognise. */
  readonly idempotencyKey: string | null;
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
  | {
      readonly ok: false;
      readonly error: Failure;
      readonly retryable: boolean;
      readonly violation: boolean;
      /** It may have taken effect all the same: to repeat it may do the same twice. */
      readonly uncertain: boolean;
      /** Present beside `uncertain` when it is known to have been made, and only its answer cannot be used. */
      readonly made?: true;
    };

/** Runs a call. Only the gate may hold one. Never throws for what a tool does; gives up when the signal fires. */
export interface ToolRunner {
  run(call: ToolCall): Promise<ToolOutcome>;
}
