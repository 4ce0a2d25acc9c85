import { failure } from '../orchestration.errors.js';
import { type JsonObject, type JsonValue, isJsonObject } from '#libs/kernel';
import { backoff } from '../governor/backoff.js';
import { callRecord } from '../governor/call-record.js';
import { taskData } from '../governor/change-log.js';
import type { GovernorDeps } from '../governor/deps.js';
import type { GoalRun, TaskRun } from '../governor/run.js';
import type { Saver } from '../governor/saver.js';
import { type PlanTask, maxAttempts } from '../plan/plan.js';
import { MissingReference, resolveReferences } from '../plan/references.js';
import type { Failure, ToolOutcome, ToolSpec } from '../ports/tools.js';
import { boundReferences } from './bounds.js';

/** Outputs that may gather before they are stored, and that all tasks of a goal may have together, in bytes. */
const PENDING_OUTPUT_BYTES = 4 * 1024 * 1024;
const GOAL_OUTPUT_BYTES = 64 * 1024 * 1024;

/** One attempt of one task: references → record → gate → record. */
export class Attempt {
  constructor(
    private readonly run: GoalRun,
    private readonly deps: GovernorDeps,
    private readonly saver: Saver,
  ) {}

  /** Leaves the task SUCCEEDED, FAILED, CANCELLED, or READY for another attempt. Throws LeaseLost. */
  async make(task: TaskRun, planned: PlanTask): Promise<void> {
    const tool = this.deps.tools.find(planned.tool);
    this.begin(task);
    if (!tool) return this.fail(task, failure('invalid_plan', `There is no tool "${planned.tool}".`), {});
    let given: JsonObject;
    try {
      given = this.resolve(planned);
    } catch (error) {
      if (!(error instanceof MissingReference)) throw error;
      return this.fail(task, { code: error.code, detail: error.message }, planned.arguments ?? {});
    }
    const isSeen = tool.effect !== 'pure';
    if (isSeen) {
      // What others can see must be preceded by a record that it was begun.
      await this.saver.saveBeforeEffect();
      if (this.run.interrupts.current) return this.putBack(task);
    }
    const outcome = await this.call(task, planned, tool, given);
    this.settle(task, planned, tool, given, outcome);
    if (isSeen || this.run.changes.outputBytes > PENDING_OUTPUT_BYTES) await this.saver.save();
  }

  /** A defect of ours: the operator’s log has the reason. */
  failInternally(task: TaskRun): void {
    this.fail(task, failure('internal_error', 'The engine could not carry out this task.'), {});
  }

  private putBack(task: TaskRun): void {
    task.state = 'READY';
    task.attempts -= 1;
    this.close(task);
  }

  private begin(task: TaskRun): void {
    task.state = 'RUNNING';
    task.attempts += 1;
    task.startedAt = this.run.now();
    task.finishedAt = null;
    task.retryAt = null;
    task.workerId = this.deps.workerId;
    this.run.changes.touch(task);
  }

  private resolve(planned: PlanTask): JsonObject {
    const { graph, tasks } = this.run;
    const isTask = (key: string): boolean => graph.positionOf.has(key);
    const find = (key: string): TaskRun | undefined => tasks[graph.positionOf.get(key) ?? -1];
    const written = planned.arguments ?? {};
    boundReferences(written, isTask, (key) => find(key)?.outputBytes ?? 0);
    const resolved: JsonValue = resolveReferences(written, isTask, (key) => find(key)?.output);
    if (!isJsonObject(resolved)) throw new MissingReference('arguments', 'object', 'invalid_arguments');
    return resolved;
  }

  private call(task: TaskRun, planned: PlanTask, tool: ToolSpec, given: JsonObject): Promise<ToolOutcome> {
    const { goal, interrupts, activeMs } = this.run;
    return this.deps.gate.pass(
      {
        tool: tool.name,
        arguments: given,
        tenantId: goal.tenantId,
        goalId: goal.id,
        taskId: task.id,
        attempt: task.attempts,
        timeoutSeconds: planned.timeout_seconds ?? tool.timeoutSeconds,
        signal: interrupts.signal,
      },
      tool,
      goal,
      activeMs,
    );
  }

  private settle(task: TaskRun, planned: PlanTask, tool: ToolSpec, given: JsonObject, outcome: ToolOutcome): void {
    if (!outcome.ok) return this.settleFailure(task, planned, tool, given, outcome);
    const wrong = planned.check ? this.deps.checker.check(planned.check.schema, outcome.output) : [];
    if (wrong.length > 0) {
      const where = wrong
        .slice(0, 5)
        .map(({ path, message }) => `${path === '' ? 'output' : `output.${path}`}: ${message}`);
      this.fail(task, failure('check_failed', where.join('; ')), given);
      return;
    }
    const total = this.run.outputBytes + outcome.outputBytes;
    if (total > GOAL_OUTPUT_BYTES) {
      this.fail(
        task,
        failure('outputs_too_large', `With this output the goal would hold ${total} bytes of outputs.`),
        given,
      );
      return;
    }
    this.succeed(task, given, outcome);
  }

  private settleFailure(
    task: TaskRun,
    planned: PlanTask,
    tool: ToolSpec,
    given: JsonObject,
    { error, retryable, violation }: ToolOutcome & { ok: false },
  ): void {
    const isStopped = this.run.interrupts.signal.aborted && !violation;
    if (tool.effect === 'non_idempotent' && (isStopped || error.code === 'tool_timeout')) {
      // It may have done its work, or still be at it: neither this owner nor the next may simply do it again.
      this.fail(
        task,
        failure('outcome_uncertain', `${tool.name} was stopped while it was under way: ${error.detail}`),
        given,
      );
    } else if (isStopped) this.stopped(task, error);
    else if (violation) this.violate(task, error, given);
    else if (retryable && task.attempts < maxAttempts(planned)) this.retryLater(task, error, given);
    else this.fail(task, error, given);
  }

  private succeed(task: TaskRun, given: JsonObject, outcome: ToolOutcome & { ok: true }): void {
    task.state = 'SUCCEEDED';
    task.output = outcome.output;
    task.outputBytes = outcome.outputBytes;
    this.run.outputBytes += outcome.outputBytes;
    this.run.changes.gainOutput(outcome.outputBytes);
    task.error = null;
    this.close(task);
    for (const file of outcome.files) {
      this.run.changes.artifact({ id: this.deps.ids(), taskId: task.id, file });
    }
    this.run.changes.record('task.completed', { data: this.dataOf(task, given) });
  }

  private fail(task: TaskRun, error: Failure, given: JsonObject): void {
    task.state = 'FAILED';
    task.error = error;
    this.close(task);
    this.run.changes.record('task.failed', {
      reason: error.detail,
      data: { ...this.dataOf(task, given), error: { ...error } },
    });
  }

  private violate(task: TaskRun, error: Failure, given: JsonObject): void {
    this.fail(task, error, given);
    const { kind, id, name } = this.run.goal.submitter;
    this.run.changes.event({
      type: 'safety.violation',
      actor: { kind, id, name },
      data: { ...taskData(task), tool: task.tool, error: { ...error } },
    });
  }

  private retryLater(task: TaskRun, error: Failure, given: JsonObject): void {
    task.state = 'READY';
    task.error = error;
    this.close(task);
    task.retryAt = this.run.now() + backoff(task.attempts, this.deps.random);
    this.run.changes.record('task.retried', {
      reason: error.detail,
      data: { ...this.dataOf(task, given), error: { ...error }, retry_at: new Date(task.retryAt).toISOString() },
    });
  }

  /** Stopped from outside: the governor decides what becomes of the goal, and so of the task. */
  private stopped(task: TaskRun, error: Failure): void {
    // Being handed over is not the task's failure: the attempt does not count.
    if (this.run.interrupts.current?.kind === 'handover') this.putBack(task);
    else {
      task.state = 'CANCELLED';
      task.error = error;
      this.close(task);
    }
    this.run.changes.record('task.stopped', { reason: error.detail, data: taskData(task) });
  }

  private close(task: TaskRun): void {
    task.finishedAt = this.run.now();
    this.run.changes.touch(task);
  }

  private dataOf(task: TaskRun, given: JsonObject): JsonObject {
    const milliseconds = (task.finishedAt ?? 0) - (task.startedAt ?? 0);
    return { ...taskData(task), call: callRecord(task.tool, given, milliseconds, task.outputBytes) };
  }
}
