import type { JsonObject, JsonValue } from '#libs/kernel';
import type { Place } from '../dispatch/places.js';
import { RemoteCalls } from '../dispatch/remote-calls.js';
import { askForApproval } from '../governor/approvals.js';
import { intentRecord } from '../governor/call-record.js';
import { maskSecrets } from '../governor/mask.js';
import type { GovernorDeps } from '../governor/deps.js';
import type { GoalRun } from '../governor/run.js';
import type { TaskRun } from '../governor/task-run.js';
import type { Saver } from '../governor/saver.js';
import { failure } from '../orchestration.errors.js';
import type { PlanTask } from '../plan/plan.js';
import { MissingReference } from '../plan/references.js';
import type { OpenDispatch } from '../ports/dispatch.js';
import type { CallFacts, Failure, ToolOutcome } from '../ports/tools.js';
import { argumentsHash } from '../safety/arguments-hash.js';
import { type GateRequest, UNASKED } from '../safety/gate.js';
import type { Passage } from '../ports/passage.js';
import { idempotencyKey } from '../safety/idempotency-key.js';
import { type TaskRequests, judgeTask, requestsOf, riskOf } from '../safety/judge-task.js';
import { resolveArguments } from './arguments.js';
import { CheckRun } from './check-run.js';
import { MAX_APPROVABLE_BYTES, askAgain } from './outcome-question.js';
import { Settlement } from './settlement.js';

/** Outputs and arguments that may gather before they are stored, in bytes. */
const PENDING_BYTES = 4 * 1024 * 1024;

const NOT_BEGUN = 'The goal was interrupted before the call.';

/** What one attempt works with. */
interface Prepared {
  readonly task: TaskRun;
  readonly planned: PlanTask;
  readonly facts: CallFacts;
  readonly given: JsonObject;
  readonly requests: TaskRequests;
  /** Null for a pure call. */
  readonly idempotencyKey: string | null;
}

/** One attempt of one task: references → approval, where it needs one → record → gate → check → record. */
export class Attempt {
  private readonly settlement: Settlement;
  private readonly remote: RemoteCalls;

  constructor(
    private readonly run: GoalRun,
    private readonly deps: GovernorDeps,
    private readonly saver: Saver,
  ) {
    this.settlement = new Settlement(run, deps);
    this.remote = new RemoteCalls(run, deps, saver);
  }

  /**
   * Leaves the task SUCCEEDED, FAILED, CANCELLED, AWAITING_APPROVAL, or READY for another attempt; or with another
   * worker, while the goal is handed over. Throws LeaseLost.
   */
  async make(task: TaskRun, planned: PlanTask, place: Place): Promise<void> {
    const prepared = this.prepare(task, planned);
    if (!prepared) return;
    const resolution = task.approval?.uncertain?.resolution;
    if (resolution?.kind === 'took_effect') return this.takeAsDone(prepared, resolution.output);
    if (await this.waitsForPerson(prepared)) return;
    await this.carryOut(prepared, place);
  }

  /** Goes on with an attempt whose call another worker was given when the goal had another owner. */
  async resume(task: TaskRun, planned: PlanTask, dispatch: OpenDispatch): Promise<void> {
    const prepared = this.prepare(task, planned);
    if (prepared) await this.conclude(prepared, await this.remote.resume(task, dispatch.id));
  }

  /** A defect of ours: the operator’s log has the reason. */
  failInternally(task: TaskRun): void {
    const error = failure('internal_error', 'The engine could not carry out this task.');
    this.settlement.fail({ task, given: {}, idempotencyKey: null }, error);
  }

  /** Undefined when it cannot be made at all, which fails the task. */
  private prepare(task: TaskRun, planned: PlanTask): Prepared | undefined {
    const tool = this.run.tools.find(planned.tool);
    if (!tool) {
      const detail = `There is no tool "${planned.tool}" any more: it was there when the plan was checked.`;
      this.failBefore(task, { code: 'unknown_tool', detail }, {});
      return undefined;
    }
    let given: JsonObject;
    try {
      given = resolveArguments(this.run, planned);
    } catch (error) {
      if (!(error instanceof MissingReference)) throw error;
      this.failBefore(task, { code: error.code, detail: error.message }, planned.arguments ?? {});
      return undefined;
    }
    const { goal, activeMs, tools } = this.run;
    const requests = requestsOf(planned, tool, given, tools, { goal, activeMs, approval: task.approval });
    const facts = tool.facts(given);
    const key = facts.effect === 'pure' ? null : idempotencyKey(task.id, tool.name, given);
    return { task, planned, facts, given, requests, idempotencyKey: key };
  }

  /** Finds out, before anything of the task has run, whether a person has to agree; whether the task is dealt with. */
  private async waitsForPerson(prepared: Prepared): Promise<boolean> {
    const { task, facts, requests } = prepared;
    if (facts.action === null && !requests.check && !task.approval?.uncertain) return false;
    const verdict = await judgeTask(this.deps.gate, requests, this.run.interrupts.signal);
    // Stopped meanwhile: the task has not begun.
    if (this.run.interrupts.current) return true;
    switch (verdict.kind) {
      case 'allowed':
        return false;
      case 'asks':
        this.ask(prepared, verdict);
        if (this.run.changes.pendingBytes > PENDING_BYTES) await this.saver.save();
        return true;
      default:
        this.begin(task);
        this.turnedAway(prepared, verdict);
        return true;
    }
  }

  private ask(prepared: Prepared, verdict: Passage & { kind: 'asks' }): void {
    const { task, given, requests } = prepared;
    const uncertain = task.approval?.uncertain;
    if (uncertain) return askAgain(this.run, this.deps, prepared, uncertain, verdict.reason);
    const { approvable } = requests.own;
    const bytes = Buffer.byteLength(JSON.stringify(approvable));
    if (bytes > MAX_APPROVABLE_BYTES) {
      const detail = `A person would have to read ${bytes} bytes of arguments; at most ${MAX_APPROVABLE_BYTES} can be shown. Pass large data by files.`;
      return this.failBefore(task, failure('invalid_arguments', detail), given);
    }
    askForApproval(this.run, task, {
      ...approvable,
      id: this.deps.ids(),
      taskId: task.id,
      arguments: given,
      action: verdict.action,
      risk: riskOf(requests),
      hash: argumentsHash(approvable),
      reason: verdict.reason,
      requestedBy: this.run.goal.submitter,
      expiresAt: this.run.now() + this.deps.limits.approvalMs,
      uncertain: null,
    });
  }

  private async carryOut(prepared: Prepared, place: Place): Promise<void> {
    const { task, planned, requests } = prepared;
    this.begin(task);
    if (prepared.facts.effect === 'non_idempotent' || requests.check) this.intend(prepared);
    const call = { ...this.callOf(task, planned, requests.own), idempotencyKey: prepared.idempotencyKey };
    if (place.kind === 'elsewhere') {
      const asked = { task, request: requests.own, call, purpose: 'call' as const, reason: place.reason };
      return this.conclude(prepared, await this.remote.make(asked));
    }
    if (isSeen(prepared)) {
      // What others can see must be preceded by a record that it was begun.
      await this.saver.saveBeforeEffect();
      if (this.run.interrupts.current) return this.settlement.putBack(task, NOT_BEGUN);
    }
    const mayBegin = (): boolean => !isSeen(prepared) || this.saver.mayBegin();
    await this.conclude(prepared, await this.deps.gate.pass(requests.own, call, mayBegin));
  }

  /** A person said that the call took effect, and what it gave. Its check is made all the same. */
  private async takeAsDone(prepared: Prepared, said: JsonValue | undefined): Promise<void> {
    const { task, requests } = prepared;
    const output = (said === undefined ? task.approval?.uncertain?.output : said) ?? null;
    if (requests.check) {
      // The command of the check is seen by others, though it is no attempt of the call.
      task.state = 'RUNNING';
      this.intend(prepared);
      this.run.changes.touch(task);
      await this.saver.saveBeforeEffect();
      if (this.run.interrupts.current) return this.settlement.setAside(task, NOT_BEGUN);
    }
    const outputBytes = Buffer.byteLength(JSON.stringify(output));
    await this.settle(prepared, { ok: true, output, outputBytes, files: [] });
    if (requests.check || this.run.changes.pendingBytes > PENDING_BYTES) await this.saver.save();
  }

  /** Writes down what is about to be done: if nothing more comes, that is all there is to see. */
  private intend(prepared: Prepared): void {
    const { task, requests } = prepared;
    const check = requests.check && { check_command: maskSecrets(requests.check.arguments)['command'] ?? null };
    this.run.changes.intend(task, { ...intentRecord({ ...prepared, tool: task.tool }), ...check });
  }

  private async conclude(prepared: Prepared, passage: Passage | 'left'): Promise<void> {
    if (passage === 'left') return;
    if (passage.kind === 'ran') await this.settle(prepared, passage.outcome);
    else this.turnedAway(prepared, passage);
    if (isSeen(prepared) || this.run.changes.pendingBytes > PENDING_BYTES) await this.saver.save();
  }

  private async settle(prepared: Prepared, outcome: ToolOutcome): Promise<void> {
    const { task, planned, requests } = prepared;
    if (!outcome.ok) return this.settlement.failed(prepared, outcome);
    const check = new CheckRun(this.run, this.deps, this.remote, this.saver);
    const result = await check.evaluate(task, planned.check, requests.check, outcome.output);
    if (result === 'met') this.settlement.succeed(prepared, outcome);
    else if (result === 'left') return;
    else if (result === 'nothing done' || result === 'unknown')
      this.settlement.unchecked(prepared, outcome.output, result);
    else if (result.violation) this.settlement.violate(prepared, result.error);
    else this.settlement.fail(prepared, result.error);
  }

  /** The gate did not let it pass: nothing has run. */
  private turnedAway(prepared: Prepared, passage: Exclude<Passage, { kind: 'ran' }>): void {
    const { task } = prepared;
    switch (passage.kind) {
      case 'refused':
        return this.settlement.refused(prepared, passage);
      case 'halted':
        this.settlement.putBack(task, 'A kill switch was engaged.');
        return this.run.interrupts.raise({ kind: 'halt', halt: passage.halt });
      case 'asks':
        // Whoever approved lost the right a moment ago.
        this.settlement.putBack(task, passage.reason);
        return this.ask(prepared, passage);
      case 'unasked':
        if (this.run.interrupts.current) return this.settlement.stopped(task, UNASKED);
        // The lease was too far gone to begin anything.
        return this.settlement.putBack(task, UNASKED.detail);
    }
  }

  private failBefore(task: TaskRun, error: Failure, given: JsonObject): void {
    this.begin(task);
    this.settlement.fail({ task, given, idempotencyKey: null }, error);
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

  private callOf(task: TaskRun, planned: PlanTask, { tool, arguments: given }: GateRequest) {
    const { goal, interrupts } = this.run;
    return {
      tool: tool.name,
      arguments: given,
      tenantId: goal.tenantId,
      goalId: goal.id,
      taskId: task.id,
      attempt: task.attempts,
      timeoutSeconds: planned.timeout_seconds ?? tool.timeoutSeconds,
      signal: interrupts.signal,
    };
  }
}

/** Whether others can see that it was made. */
function isSeen({ facts, requests }: Prepared): boolean {
  return facts.effect !== 'pure' || requests.check !== undefined;
}
