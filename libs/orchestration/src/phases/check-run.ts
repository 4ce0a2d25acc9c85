import { type JsonValue, excerpt, isJsonObject } from '#libs/kernel';
import type { RemoteCalls } from '../dispatch/remote-calls.js';
import type { GovernorDeps } from '../governor/deps.js';
import type { GoalRun } from '../governor/run.js';
import type { Saver } from '../governor/saver.js';
import type { TaskRun } from '../governor/task-run.js';
import { failure } from '../orchestration.errors.js';
import { COMMAND_TOOL, type TaskCheck } from '../plan/plan.js';
import type { Failure, ToolOutcome } from '../ports/tools.js';
import type { GateRequest } from '../safety/gate.js';
import { idempotencyKey } from '../safety/idempotency-key.js';

const NOT_HERE = 'The command of the check cannot be run by the worker that owns the goal.';

/**
 * What came of a check. Without an answer, it has either left `nothing done`, or what came of its command is `unknown`;
 * it is `left` to the next owner of the goal where this one is none any more. If not met, its command may have been a
 * violation.
 */
export type CheckResult =
  | 'met'
  | 'left'
  | 'nothing done'
  | 'unknown'
  | { readonly error: Failure; readonly violation: boolean };

const unmet = (error: Failure, violation = false): CheckResult => ({ error, violation });

/** Runs the declared check of a task, if it has one. */
export class CheckRun {
  constructor(
    private readonly run: GoalRun,
    private readonly deps: Pick<GovernorDeps, 'gate' | 'checker' | 'capabilities'>,
    private readonly remote: RemoteCalls,
    private readonly saver: Saver,
  ) {}

  /** Whether the output meets the check; `command` is how the gate is asked about a check that is a command. */
  async evaluate(
    task: TaskRun,
    check: TaskCheck | undefined,
    command: GateRequest | undefined,
    output: JsonValue,
  ): Promise<CheckResult> {
    if (!check) return 'met';
    if (check.command !== undefined) return this.runCommand(task, command);
    const { interrupts, goal } = this.run;
    const { signal } = interrupts;
    const wrong = await this.deps.checker.check(check, output, signal, goal.tenantId);
    if (wrong.length === 0) return 'met';
    if (signal.aborted) return 'nothing done';
    const where = wrong
      .slice(0, 5)
      .map(({ path, message }) => `${path === '' ? 'output' : `output.${path}`}: ${message}`);
    return unmet(failure('check_failed', where.join('; ')));
  }

  private async runCommand(task: TaskRun, command: GateRequest | undefined): Promise<CheckResult> {
    if (!command) return unmet(failure('invalid_plan', `There is no tool "${COMMAND_TOOL}" to run the check with.`));
    const { goal, interrupts, changes } = this.run;
    // Whoever found the end of a call that was made elsewhere would run the command once more.
    changes.forgetEnded(task.id);
    await this.saver.saveBeforeEffect();
    const call = {
      tool: COMMAND_TOOL,
      arguments: command.arguments,
      tenantId: goal.tenantId,
      goalId: goal.id,
      taskId: task.id,
      attempt: task.attempts,
      idempotencyKey: idempotencyKey(task.id, COMMAND_TOOL, command.arguments),
      timeoutSeconds: command.tool.timeoutSeconds,
      signal: interrupts.signal,
    };
    const passage = this.deps.capabilities.has(command.tool.needs)
      ? await this.deps.gate.pass(command, call)
      : await this.remote.make({ task, request: command, call, purpose: 'check', reason: NOT_HERE });
    if (passage === 'left') return 'left';
    if (passage.kind === 'refused') return unmet(passage.error, passage.violation);
    if (passage.kind === 'asks') return unmet(failure('approval_refused', `The check was not run: ${passage.reason}`));
    if (passage.kind === 'halted') interrupts.raise({ kind: 'halt', halt: passage.halt });
    if (passage.kind !== 'ran') return 'nothing done';
    return resultOf(passage.outcome, interrupts.signal.aborted);
  }
}

/** What the end of the command says of the check. */
function resultOf(outcome: ToolOutcome, isStopped: boolean): CheckResult {
  if (!outcome.ok && outcome.uncertain) return 'unknown';
  if (!outcome.ok) return isStopped && !outcome.violation ? 'nothing done' : unmet(outcome.error, outcome.violation);
  const result = exitOf(outcome.output);
  // A code that says that it failed may come of having been stopped.
  return isStopped && result !== 'met' ? 'unknown' : result;
}

function exitOf(output: JsonValue): CheckResult {
  const { exit_code: code, stderr = '' } = isJsonObject(output) ? output : {};
  if (code === 0) return 'met';
  const said = typeof stderr === 'string' && stderr !== '' ? `: ${excerpt(stderr, 500)}` : '.';
  return unmet(failure('check_failed', `The command of the check ended with ${JSON.stringify(code ?? null)}${said}`));
}
