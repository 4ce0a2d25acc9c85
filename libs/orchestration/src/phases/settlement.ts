import type { JsonObject, JsonValue } from '#libs/kernel';
import { backoff } from '../governor/backoff.js';
import { callRecord } from '../governor/call-record.js';
import { taskData } from '../governor/change-log.js';
import type { GovernorDeps } from '../governor/deps.js';
import type { GoalRun } from '../governor/run.js';
import type { TaskRun } from '../governor/task-run.js';
import { failure } from '../orchestration.errors.js';
import { type PlanTask, maxAttempts } from '../plan/plan.js';
import type { TaskApproval } from '../ports/goal.js';
import type { CallFacts, Failure, ToolOutcome } from '../ports/tools.js';
import { askAboutOutcome } from './outcome-question.js';

/** Outputs that all tasks of a goal may have together, in bytes. */
const GOAL_OUTPUT_BYTES = 64 * 1024 * 1024;

const UNCHECKED = failure('interrupted', 'It was stopped before its result was checked.');

/** A call as it is recorded. */
interface Called {
  readonly task: TaskRun;
  readonly given: JsonObject;
  readonly idempotencyKey: string | null;
}

/** A call that has come to an end. */
interface Subject extends Called {
  readonly planned: PlanTask;
}

/** What the end of a call means for its task, and what is recorded of it. */
export class Settlement {
  constructor(
    private readonly run: GoalRun,
    private readonly deps: Pick<GovernorDeps, 'ids' | 'random' | 'limits'>,
  ) {}

  succeed(subject: Subject, outcome: ToolOutcome & { ok: true }): void {
    const { task } = subject;
    const total = this.run.outputBytes + outcome.outputBytes;
    if (total > GOAL_OUTPUT_BYTES) {
      const detail = `With this output the goal would hold ${total} bytes of outputs.`;
      return this.fail(subject, failure('outputs_too_large', detail));
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
    this.run.changes.record('task.completed', { data: this.dataOf(subject) });
    task.approval = carriedOut(task.approval);
  }

  /** The call ran, and did not do what was asked. */
  failed(subject: Subject & { readonly facts: CallFacts }, outcome: ToolOutcome & { ok: false }): void {
    const { task, planned, facts } = subject;
    const { error, retryable, violation, uncertain, made } = outcome;
    if (violation) this.violate(subject, error);
    else if (uncertain && facts.effect === 'non_idempotent') {
      const what = made
        ? `${task.tool} was made, and its answer could not be used`
        : `Nobody knows whether ${task.tool} took effect`;
      this.uncertain(subject, `${what}: ${error.detail}`);
    } else if (this.run.interrupts.signal.aborted) this.stopped(task, error);
    else if (retryable && task.attempts < maxAttempts(planned)) this.retryLater(subject, error);
    else this.fail(subject, error);
  }

  /**
   * The call was made, or said to have taken effect, and there is no answer of its check: `checked` says whether that has
   * left nothing, or nobody knows what has come of its command.
   */
  unchecked(
    subject: Subject & { readonly facts: CallFacts },
    output: JsonValue,
    checked: 'nothing done' | 'unknown',
  ): void {
    const { task, facts } = subject;
    if (checked === 'unknown') {
      const why = `${task.tool} was done, and nobody knows what came of the command that checks its result.`;
      return this.uncertain(subject, why, output);
    }
    // What a person said stands, and is checked once the goal goes on.
    if (isToldOf(task)) return task.state === 'READY' ? undefined : this.setAside(task, UNCHECKED.detail);
    if (facts.effect === 'non_idempotent') {
      return this.uncertain(subject, `${task.tool} was done, and its result has not been checked.`, output);
    }
    if (this.run.interrupts.current) this.stopped(task, UNCHECKED);
    else this.putBack(task, UNCHECKED.detail);
  }

  /** The gate refused it: nothing ran. */
  refused(
    subject: Subject,
    {
      error,
      violation,
      retryable,
    }: { readonly error: Failure; readonly violation: boolean; readonly retryable: boolean },
  ): void {
    if (violation) this.violate(subject, error);
    else if (retryable && subject.task.attempts < maxAttempts(subject.planned)) this.retryLater(subject, error);
    else this.fail(subject, error);
  }

  fail(called: Called, error: Failure): void {
    const { task } = called;
    task.state = 'FAILED';
    task.error = error;
    this.close(task);
    this.run.changes.record('task.failed', {
      reason: error.detail,
      data: { ...this.dataOf(called), error: { ...error } },
    });
  }

  /** A person is asked what became of it; where the goal ends anyway, it is only written down that nobody knows. */
  private uncertain(subject: Subject, why: string, output?: JsonValue): void {
    const kind = this.run.interrupts.current?.kind;
    if (kind !== 'cancel' && kind !== 'abort') return askAboutOutcome(this.run, this.deps, subject, why, output);
    const { task } = subject;
    const error = failure('outcome_uncertain', why);
    task.state = 'CANCELLED';
    task.error = error;
    this.close(task);
    this.run.changes.record('task.stopped', {
      reason: why,
      data: { ...this.dataOf(subject), task_state: task.state, error: { ...error } },
    });
  }

  /** Stopped from outside: the governor decides what becomes of the goal, and so of the task. */
  stopped(task: TaskRun, error: Failure): void {
    const kind = this.run.interrupts.current?.kind;
    // Being handed over, halted or paused is not the task's failure: the attempt does not count.
    if (kind === 'handover' || kind === 'halt' || kind === 'pause') return this.putBack(task, error.detail);
    task.state = 'CANCELLED';
    task.error = error;
    this.close(task);
    this.recordStop(task, error.detail);
  }

  /** As if the attempt had not been made; the journal says so, because its start may stand there. */
  putBack(task: TaskRun, reason: string): void {
    task.state = 'READY';
    task.attempts -= 1;
    this.close(task);
    this.recordStop(task, reason);
  }

  /** What was said of its call stands; its check was not begun. */
  setAside(task: TaskRun, reason: string): void {
    task.state = 'READY';
    this.run.changes.touch(task);
    this.recordStop(task, reason);
  }

  private recordStop(task: TaskRun, reason: string): void {
    this.run.changes.record('task.stopped', { reason, data: { ...taskData(task), task_state: task.state } });
  }

  /** It reached for what it may not have: the goal ends. */
  violate(called: Called, error: Failure): void {
    const { task } = called;
    this.fail(called, error);
    const { kind, id, name } = this.run.goal.submitter;
    this.run.changes.event({
      type: 'safety.violation',
      actor: { kind, id, name },
      data: { ...taskData(task), tool: task.tool, error: { ...error } },
    });
  }

  private retryLater(called: Called, error: Failure): void {
    const { task } = called;
    task.state = 'READY';
    task.error = error;
    this.close(task);
    task.retryAt = this.run.now() + backoff(task.attempts, this.deps.random);
    this.run.changes.record('task.retried', {
      reason: error.detail,
      data: { ...this.dataOf(called), error: { ...error }, retry_at: new Date(task.retryAt).toISOString() },
    });
  }

  private close(task: TaskRun): void {
    task.finishedAt = this.run.now();
    this.run.changes.touch(task);
  }

  private dataOf({ task, given, idempotencyKey }: Called): JsonObject {
    // How long it took is not known of what a person told.
    const { startedAt, finishedAt } = task;
    const isUnknown = isToldOf(task) || startedAt === null || finishedAt === null;
    const milliseconds = isUnknown ? null : finishedAt - startedAt;
    const call = { tool: task.tool, given, idempotencyKey, outputBytes: task.outputBytes, approval: task.approval };
    return { ...taskData(task), call: callRecord(call, milliseconds) };
  }
}

/** Whether a person said that its call took effect. */
function isToldOf({ approval }: TaskRun): boolean {
  return approval?.uncertain?.resolution?.kind === 'took_effect';
}

/** An approval that has been acted on holds no output any more: its task does. */
function carriedOut(approval: TaskApproval | null): TaskApproval | null {
  if (!approval?.uncertain) return approval;
  const { output: _output, ...uncertain } = approval.uncertain;
  return { ...approval, uncertain: { ...uncertain, resolution: null } };
}
