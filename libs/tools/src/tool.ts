import { type JsonObject, type JsonValue, excerpt } from '#libs/kernel';
import type { z } from 'zod';
import { type InputContract, type OutputContract, inputOf, outputOf } from './contracts.js';
import { checkRelativePath } from './workspace/paths.js';
import type { Workspace } from './workspace/workspace.js';

/** What an agent must be allowed to do before it may use a tool (TOL-4), from the least to the most. */
export type PermissionLevel = 'READ_ONLY' | 'READ_WRITE' | 'EXECUTE' | 'ADMIN';

/** How much harm a call can do when it is wrong. The gate lets calls through up to a limit. */
export type Risk = 'LOW' | 'MEDIUM' | 'HIGH' | 'CRITICAL';

/**
 * What running a call twice means; the engine decides by it when to commit and whether a call may be repeated after
 * a crash.
 * - `pure`: nothing outside the goal can tell that it ran, and running it twice is fine.
 * - `idempotent`: it leaves a trace, but running it twice leaves the same one.
 * - `non_idempotent`: a second run may do something else or more. It is recorded before it starts, and after a crash
 *   it is reported as uncertain instead of being repeated.
 */
export type Effect = 'pure' | 'idempotent' | 'non_idempotent';

/** What a person must agree to before it is done (SAF-3), unless the tenant says otherwise. */
export type ApprovalAction = 'deploy' | 'delete' | 'payment' | 'admin' | 'code';

/** Where a tool runs code that somebody wrote. */
export type CodePlace = 'wasm' | 'local';

/** What a process must be there for, so that it may run a tool. */
export type ToolNeeds = 'task_execution' | 'file_operations' | 'web_operations';

/** What the gate judges a call by. It may depend on the arguments: a request follows its method. */
export interface CallFacts {
  readonly effect: Effect;
  readonly permissionLevel: PermissionLevel;
  readonly risk: Risk;
  /** What the call is an instance of, where a person must agree to such calls. */
  readonly action: ApprovalAction | null;
  readonly runsCode: CodePlace | null;
}

/** Something that no call may do, whoever agrees to it (SAF-4). */
export interface BlockedAction {
  readonly code: 'path_outside_workspace' | 'address_blocked' | 'command_blocked';
  /** The argument that says so, as the end of a path below `arguments`. */
  readonly argument: string;
  /** What would happen and what to do instead; a sentence that can stand alone. */
  readonly reason: string;
}

/** What a tool gets beside its arguments. */
export interface ToolContext {
  /** The goal's own files: the only ones that a tool may touch. */
  readonly workspace: Workspace;
  /** Aborted when the goal is cancelled or the time is up. A tool that waits must listen to it. */
  readonly signal: AbortSignal;
  /** What the call has, from its start until the signal is aborted. */
  readonly timeoutSeconds: number;
  /** Who the work is done for: what all have in common is shared out by it. All calls without one count as one. */
  readonly tenantId?: string;
  readonly goalId: string;
  readonly taskId: string;
  /** Counted from 1. */
  readonly attempt: number;
  /** By which others recognise a repetition: the same in every attempt of the same call. Absent where it needs none. */
  readonly idempotencyKey?: string;
  /** False where the tool that calls this one is not to be repeated blindly, though this one by itself might be. */
  readonly repeatable?: boolean;
  /**
   * Tells whether anything outside may have been touched by now. Without a word it is taken to be so from the start, and
   * nobody can say what became of a call that was stopped.
   */
  readonly touches?: (isTouched: boolean) => void;
}

/** What is declared about a tool, once: the registry, the gate, the API's documentation and models all read this. */
export interface ToolDefinition<Input extends z.ZodObject, Output extends z.ZodType<JsonValue>> {
  /** snake_case, unique in the registry. */
  readonly name: string;
  /** What it does, in the words that a model chooses tools by. */
  readonly description: string;
  /** Unknown fields are refused when it is made by `z.strictObject`, as all built-in tools with fixed fields are. */
  readonly input: Input;
  readonly output: Output;
  readonly permissionLevel: PermissionLevel;
  readonly risk: Risk;
  readonly effect: Effect;
  /** How long a call may take when its task does not say. */
  readonly timeoutSeconds: number;
  /** What a person must agree to; none by default. */
  readonly action?: ApprovalAction;
  /** For tools that run code. */
  readonly runsCode?: CodePlace;
  /** By default `file_operations` for tools with `pathArguments`, else `task_execution`. */
  readonly needs?: ToolNeeds;
  /**
   * What is different for a call with these arguments. They may be unchecked, and a `$ref` may still stand where text
   * is expected: then, say the most careful answer.
   */
  readonly factsOf?: (given: JsonObject) => Partial<CallFacts>;
  /** What in these arguments may never be done, beyond what `pathArguments` covers. The same care applies. */
  readonly blockedActions?: (given: JsonObject) => readonly BlockedAction[];
  /** The arguments that hold paths in the workspace. */
  readonly pathArguments?: readonly (keyof z.output<Input> & string)[];
  /**
   * Does the work. Throws a ToolFailure for what can be expected to go wrong. A tool that never waits returns its
   * output instead of a promise: the runner then needs no timer.
   */
  execute(input: z.output<Input>, context: ToolContext): z.output<Output> | Promise<z.output<Output>>;
}

/** A tool whose types are erased, as the registry holds it. */
export interface Tool extends Pick<
  ToolDefinition<z.ZodObject, z.ZodType<JsonValue>>,
  'name' | 'description' | 'permissionLevel' | 'risk' | 'effect' | 'timeoutSeconds'
> {
  readonly input: InputContract;
  readonly output: OutputContract;
  readonly needs: ToolNeeds;
  /** What the gate judges a call by. The same for every call of most tools. */
  facts(given: JsonObject): CallFacts;
  /**
   * What in the arguments may never be done. Arguments that are not text (a `$ref` that is not resolved yet) are left
   * out: they are looked at once they are known.
   */
  blocked(given: JsonObject): readonly BlockedAction[];
  /** `input` is what the tool's own contract gave; the runner sees to that. */
  execute(input: unknown, context: ToolContext): JsonValue | Promise<JsonValue>;
}

/** Declares a tool. The types of arguments and output follow from the schemas. */
export function defineTool<Input extends z.ZodObject, Output extends z.ZodType<JsonValue>>(
  definition: ToolDefinition<Input, Output>,
): Tool {
  const { pathArguments = [], action = null, runsCode = null, factsOf, blockedActions } = definition;
  const { name, description, effect, permissionLevel, risk, timeoutSeconds } = definition;
  const needs = definition.needs ?? (pathArguments.length > 0 ? 'file_operations' : 'task_execution');
  const usual: CallFacts = { effect, permissionLevel, risk, action, runsCode };
  return {
    name,
    description,
    permissionLevel,
    risk,
    effect,
    timeoutSeconds,
    needs,
    input: inputOf(definition.input),
    output: outputOf(definition.output),
    facts: factsOf ? (given) => ({ ...usual, ...factsOf(given) }) : () => usual,
    blocked: (given) => [...blockedPaths(pathArguments, given), ...(blockedActions?.(given) ?? [])],
    // The runner passes what `definition.input` parsed: the type was only erased on the way through the registry.
    execute: (input, context) => definition.execute(input as z.output<Input>, context),
  };
}

function blockedPaths(names: readonly string[], given: JsonObject): BlockedAction[] {
  return names.flatMap((argument): BlockedAction[] => {
    const path = given[argument];
    const reason = typeof path === 'string' ? checkRelativePath(path) : undefined;
    if (typeof path !== 'string' || reason === undefined) return [];
    return [{ code: 'path_outside_workspace', argument, reason: `\`${excerpt(path)}\` ${reason}` }];
  });
}
