import type { JsonObject } from '#libs/kernel';
import { backoff } from '../governor/backoff.js';
import { callRecord } from '../governor/call-record.js';
import { taskData } from '../governor/change-log.js';
import type { GovernorDeps } from '../governor/deps.js';
import type { GoalRun } from '../governor/run.js';
import type { TaskRun } from '../governor/task-run.js';
import { failure } from '../orchestration.errors.js';
import { type PlanTask, maxAttempts } from '../plan/plan.js';
import type { CallFacts, Failure, ToolOutcome } from '../ports/tools.js';

/** Outputs that all tasks of a goal may have together, in bytes. */
const GOAL_OUTPUT_BYTES = 64 * 1024 * 1024;

const UNCHECKED = failure('interrupted', 'It was stopped before its result was checked.');

/** A call that has come to an end. */
interface Subject {
  readonly task: TaskRun;
  readonly planned: PlanTask;
  readonly given: JsonObject;
}

/** What the end of a call means for its task, and what is recorded of it. */
export class Settlement {
  constructor(
    private readonly run: GoalRun,
    private readonly deps: Pick<GovernorDeps, 'ids' | 'random'>,
  ) {}

  succeed({ task, given }: Subject, outcome: ToolOutcome & { ok: true }): void {
    const total = this.run.outputBytes + outcome.outputBytes;
    if (total > GOAL_OUTPUT_BYTES) {
      const detail = `With this output the goal would hold ${total} bytes of outputs.`;
      return this.fail(task, failure('outputs_too_large', detail), given);
    }
    task.state = 'SUCCEEDED';
    task.output = outcome.output;
    task.outputBytes = outcome.outputBytes;
    this.run.outputBytes = total;
    this.run.changes.gain(outcome.outputBytes);
    task.error = null;
    this.close(task);
    for (const file of outcome.files) {
      this.run.changes.artifact({ id: this.deps.ids(), taskId: task.id, file });
    }
    this.run.changes.record('task.completed', { data: this.dataOf(task, given) });
  }

  /** The call ran, and did not do what was asked. */
  failed(subject: Subject & { readonly facts: CallFacts }, outcome: ToolOutcome & { ok: false }): void {
    const { task, planned, facts, given } = subject;
    const { error, retryable, violation } = outcome;
    const isStopped = this.run.interrupts.signal.aborted && !violation;
    if (facts.effect === 'non_idempotent' && (isStopped || error.code === 'tool_timeout')) {
      // It may have done its work, or still be at it: neither this owner nor the next may simply do it again.
      const detail = `${task.tool} was stopped while it was under way: ${error.detail}`;
      this.fail(task, failure('outcome_uncertain', detail), given);
    } else if (isStopped) this.stopped(task, error);
    else if (violation) this.violate(task, error, given);
    else if (retryable && task.attempts < maxAttempts(planned)) this.retryLater(task, error, given);
    else this.fail(task, error, given);
  }

  /** The call was made, and its check was stopped before there was an answer. */
  unchecked({ task, planned, facts, given }: Subject & { readonly facts: CallFacts }): void {
    const isCommand = planned.check?.command !== undefined;
    if (!isCommand && facts.effect !== 'non_idempotent') return this.stopped(task, UNCHECKED);
    const what = isCommand ? 'the command of its check was stopped while it was under way' : 'its check was stopped';
    this.fail(task, failure('outcome_uncertain', `${task.tool} was done, and ${what}.`), given);
  }

  /** The gate refused it: nothing ran. */
  refused(
    { task, planned, given }: Subject,
    {
      error,
      violation,
      retryable,
    }: { readonly error: Failure; readonly violation: boolean; readonly retryable: boolean },
  ): void {
    if (violation) this.violate(task, error, given);
    else if (retryable && task.attempts < maxAttempts(planned)) this.retryLater(task, error, given);
    else this.fail(task, error, given);
  }

  fail(task: TaskRun, error: Failure, given: JsonObject): void {
    task.state = 'FAILED';
    task.error = error;
    this.close(task);
    this.run.changes.record('task.failed', {
      reason: error.detail,
      data: { ...this.dataOf(task, given), error: { ...error } },
    });
  }

  /** Stopped from outside: the governor decides what becomes of the goal, and so of the task. */
  stopped(task: TaskRun, error: Failure): void {
    const kind = this.run.interrupts.current?.kind;
    // Being handed over or halted is not the task's failure: the attempt does not count.
    if (kind === 'handover' || kind === 'halt') return this.putBack(task, error.detail);
    task.state = 'CANCELLED';
    task.error = error;
    this.close(task);
    this.recordStop(task, error.detail);
  }

  /** As if the attempt had not been made; the journal says so, because its start may stand there. */
  putBack(task: TaskRun, reason: string): void {
    this.run.changes.takeBackStart(task);
    task.state = 'READY';
    task.attempts -= 1;
    this.close(task);
    this.recordStop(task, reason);
  }

  private recordStop(task: TaskRun, reason: string): void {
    this.run.changes.record('task.stopped', { reason, data: { ...taskData(task), task_state: task.state } });
  }

  /** It reached for what it may not have: the goal ends. */
  violate(task: TaskRun, error: Failure, given: JsonObject): void {
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

  private close(task: TaskRun): void {
    task.finishedAt = this.run.now();
    this.run.changes.touch(task);
  }

  private dataOf(task: TaskRun, given: JsonObject): JsonObject {
    const milliseconds = (task.finishedAt ?? 0) - (task.startedAt ?? 0);
    return { ...taskData(task), call: callRecord(task.tool, given, milliseconds, task.outputBytes, task.approval) };
  }
}
