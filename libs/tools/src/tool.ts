import type { JsonObject, JsonValue } from '#libs/kernel';
import type { z } from 'zod';
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

/** What a tool gets beside its arguments. */
export interface ToolContext {
  /** The goal's own files: the only ones that a tool may touch. */
  readonly workspace: Workspace;
  /** Aborted when the goal is cancelled or the time is up. A tool that waits must listen to it. */
  readonly signal: AbortSignal;
  readonly goalId: string;
  readonly taskId: string;
  /** Counted from 1. */
  readonly attempt: number;
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
  'name' | 'description' | 'input' | 'output' | 'permissionLevel' | 'risk' | 'effect' | 'timeoutSeconds'
> {
  /**
   * The paths that the arguments name, for the gate. Arguments that are not text (a `$ref` that is not resolved yet)
   * are left out: they are checked once they are known.
   */
  workspacePaths(toolArguments: JsonObject): string[];
  /** `input` is what the tool's own schema gave; the runner sees to that. */
  execute(input: unknown, context: ToolContext): JsonValue | Promise<JsonValue>;
}

/** Declares a tool. The types of arguments and output follow from the schemas. */
export function defineTool<Input extends z.ZodObject, Output extends z.ZodType<JsonValue>>(
  definition: ToolDefinition<Input, Output>,
): Tool {
  const { pathArguments = [], ...declared } = definition;
  return {
    ...declared,
    workspacePaths: (toolArguments) =>
      pathArguments.map((name) => toolArguments[name]).filter((path) => typeof path === 'string'),
    // The runner passes what `definition.input` parsed: the type was only erased on the way through the registry.
    execute: (input, context) => definition.execute(input as z.output<Input>, context),
  };
}
