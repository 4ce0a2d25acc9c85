import { type JsonValue, excerpt, isJsonObject } from '#libs/kernel';
import type { GovernorDeps } from '../governor/deps.js';
import type { GoalRun } from '../governor/run.js';
import type { TaskRun } from '../governor/task-run.js';
import { failure } from '../orchestration.errors.js';
import { COMMAND_TOOL, type TaskCheck } from '../plan/plan.js';
import type { Failure, ToolSpec } from '../ports/tools.js';
import type { GateRequest, Verdict } from '../safety/gate.js';

/** Runs the declared check of a task, if it has one. */
export class CheckRun {
  constructor(
    private readonly run: GoalRun,
    private readonly deps: Pick<GovernorDeps, 'gate' | 'checker'>,
    private readonly check: TaskCheck | undefined,
  ) {}

  /** Whether the check is a command, which is a call of its own and passes the gate like any other. */
  get isCommand(): boolean {
    return this.check?.command !== undefined;
  }

  /** What the gate says to the check's command; undefined when there is none. */
  async judge(request: GateRequest, signal: AbortSignal): Promise<Verdict | undefined> {
    const command = this.commandRequest(request);
    return command && this.deps.gate.judge(command, signal);
  }

  /** Whether the output meets the check; why not, otherwise. */
  async evaluate(task: TaskRun, request: GateRequest, output: JsonValue): Promise<'met' | 'stopped' | Failure> {
    if (!this.check) return 'met';
    if (this.check.command !== undefined) return this.runCommand(task, request);
    const { signal } = this.run.interrupts;
    const wrong = await this.deps.checker.check(this.check, output, signal);
    if (wrong.length === 0) return 'met';
    if (signal.aborted) return 'stopped';
    const where = wrong
      .slice(0, 5)
      .map(({ path, message }) => `${path === '' ? 'output' : `output.${path}`}: ${message}`);
    return failure('check_failed', where.join('; '));
  }

  private async runCommand(task: TaskRun, request: GateRequest): Promise<'met' | 'stopped' | Failure> {
    const command = this.commandRequest(request);
    if (!command) return failure('invalid_plan', `There is no tool "${COMMAND_TOOL}" to run the check with.`);
    const { goal, interrupts } = this.run;
    const passage = await this.deps.gate.pass(command, {
      tool: COMMAND_TOOL,
      arguments: command.arguments,
      tenantId: goal.tenantId,
      goalId: goal.id,
      taskId: task.id,
      attempt: task.attempts,
      timeoutSeconds: command.tool.timeoutSeconds,
      signal: interrupts.signal,
    });
    if (passage.kind === 'refused') return passage.error;
    if (passage.kind === 'asks') return failure('approval_refused', `The check was not run: ${passage.reason}`);
    if (passage.kind === 'halted') interrupts.raise({ kind: 'halt', halt: passage.halt });
    if (passage.kind !== 'ran' || interrupts.signal.aborted) return 'stopped';
    const { outcome } = passage;
    return outcome.ok ? exitOf(outcome.output) : outcome.error;
  }

  private commandRequest(request: GateRequest): GateRequest | undefined {
    const tool: ToolSpec | undefined = this.run.tools.find(COMMAND_TOOL);
    const command = this.check?.command;
    // What a person approved of the task covers its check.
    return command && tool && { ...request, tool, arguments: { command: [...command] } };
  }
}

function exitOf(output: JsonValue): 'met' | Failure {
  const { exit_code: code, stderr = '' } = isJsonObject(output) ? output : {};
  if (code === 0) return 'met';
  const said = typeof stderr === 'string' && stderr !== '' ? `: ${excerpt(stderr, 500)}` : '.';
  return failure('check_failed', `The command of the check ended with ${JSON.stringify(code ?? null)}${said}`);
}
