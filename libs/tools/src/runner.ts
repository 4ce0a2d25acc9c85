import { type InputIssue, type JsonValue, isJsonObject } from '#libs/kernel';
import { sentencesOf } from './arguments/sentences.js';
import { Deadline } from './deadline.js';
import { checkOutput } from './output.js';
import type { ToolRegistry } from './registry.js';
import { failureOfSystemError } from './system-errors.js';
import type { Tool, ToolContext } from './tool.js';
import { type ToolError, ToolFailure, afterTheCall } from './tool-failure.js';
import { Workspace, type WorkspaceChange } from './workspace/workspace.js';

/** One call of a tool. The gate has let it through already: the runner asks nobody. */
export interface ToolCall {
  readonly tool: string;
  /** With every `$ref` replaced by its value. */
  readonly arguments: JsonValue;
  /** Folder of the goal's files, as an absolute path of the host; it is made when the first tool needs it. */
  readonly workspaceRoot: string;
  /** Aborted to cancel the call. */
  readonly signal: AbortSignal;
  /** The task's own limit; the tool's otherwise. */
  readonly timeoutSeconds?: number;
  readonly tenantId?: string;
  readonly goalId: string;
  readonly taskId: string;
  readonly attempt: number;
  /** The same in every attempt of the same call; absent where repeating it leaves no trace. */
  readonly idempotencyKey?: string;
}

/** How a call ended. `outputBytes` is the output's size as JSON; `artifacts` are the files that the call changed. */
export type ToolOutcome =
  | {
      readonly ok: true;
      readonly output: JsonValue;
      readonly outputBytes: number;
      readonly artifacts: readonly WorkspaceChange[];
    }
  | { readonly ok: false; readonly error: ToolError };

export interface ToolRunnerOptions {
  /** Hears of errors that no tool should raise: the outcome says only that there was one, since its text may hold paths. */
  readonly onDefect?: (error: unknown, call: ToolCall) => void;
}

function refusal(issues: readonly InputIssue[], leavesWorkspace: boolean): ToolFailure {
  const text = sentencesOf(issues);
  return leavesWorkspace
    ? new ToolFailure('path_outside_workspace', text, { violation: true })
    : new ToolFailure('invalid_arguments', text);
}

/** Runs calls: checks arguments and output, keeps the time, and gives an outcome whatever happens. */
export class ToolRunner {
  constructor(
    private readonly registry: ToolRegistry,
    private readonly options: ToolRunnerOptions = {},
  ) {}

  /** Never rejects because of the tool: a failed call is an outcome. */
  async run(call: ToolCall): Promise<ToolOutcome> {
    try {
      const prepared = this.registry.prepare(call.tool, call.arguments);
      if (prepared === undefined) throw new ToolFailure('unknown_tool', this.registry.unknownTool(call.tool));
      const { tool, checked } = prepared;
      if (!checked.ok) throw refusal(checked.issues, checked.leavesWorkspace);
      return await this.execute(tool, checked.input, call);
    } catch (error) {
      return { ok: false, error: this.failureOf(error, call).toError() };
    }
  }

  private async execute(tool: Tool, input: unknown, call: ToolCall): Promise<ToolOutcome> {
    const timeoutSeconds = call.timeoutSeconds ?? tool.timeoutSeconds;
    const deadline = new Deadline(call.signal, timeoutSeconds);
    if (deadline.interruption !== undefined) throw deadline.failure(deadline.interruption);
    const workspace = new Workspace(call.workspaceRoot, { signal: deadline.signal });
    const progress = { isTouched: true };
    const output = await this.outputOf(tool, input, deadline, progress, {
      workspace,
      touches: (isTouched) => {
        progress.isTouched = isTouched;
      },
      signal: deadline.signal,
      timeoutSeconds,
      ...(call.tenantId !== undefined && { tenantId: call.tenantId }),
      goalId: call.goalId,
      taskId: call.taskId,
      attempt: call.attempt,
      ...(call.idempotencyKey !== undefined && { idempotencyKey: call.idempotencyKey }),
    });
    const isOnce = isJsonObject(call.arguments) && tool.facts(call.arguments).effect === 'non_idempotent';
    const check = (): number => checkOutput(tool, output);
    return { ok: true, output, outputBytes: isOnce ? afterTheCall(check) : check(), artifacts: workspace.changes() };
  }

  private async outputOf(
    tool: Tool,
    input: unknown,
    deadline: Deadline,
    progress: { readonly isTouched: boolean },
    context: ToolContext,
  ): Promise<JsonValue> {
    try {
      const result = tool.execute(input, context);
      return result instanceof Promise ? await deadline.race(result) : result;
    } catch (error) {
      // Once interrupted, whatever the tool says about it (mostly an AbortError) is only an echo of that.
      throw deadline.interruption === undefined ? error : deadline.failure(deadline.interruption, progress.isTouched);
    }
  }

  private failureOf(error: unknown, call: ToolCall): ToolFailure {
    if (error instanceof ToolFailure) {
      if (error.code === 'output_invalid') this.options.onDefect?.(error, call);
      return error;
    }
    const known = failureOfSystemError(error);
    if (known !== undefined) return known;
    this.options.onDefect?.(error, call);
    return new ToolFailure(
      'tool_failed',
      `\`${call.tool}\` ended with an error that it does not explain. An operator finds it in the log.`,
      { uncertain: true, cause: error },
    );
  }
}
