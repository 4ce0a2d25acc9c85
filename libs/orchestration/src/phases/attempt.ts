import { type JsonObject, type JsonValue, isJsonObject } from '#libs/kernel';
import { askForApproval } from '../governor/approvals.js';
import type { GovernorDeps } from '../governor/deps.js';
import type { GoalRun } from '../governor/run.js';
import type { TaskRun } from '../governor/task-run.js';
import type { Saver } from '../governor/saver.js';
import { failure } from '../orchestration.errors.js';
import type { PlanTask } from '../plan/plan.js';
import { MissingReference, resolveReferences } from '../plan/references.js';
import type { CallFacts, Failure, ToolOutcome, ToolSpec } from '../ports/tools.js';
import { argumentsHash } from '../safety/arguments-hash.js';
import { type GateRequest, type Passage, UNASKED } from '../safety/gate.js';
import { type TaskRequests, judgeTask, requestsOf, riskOf } from '../safety/judge-task.js';
import { boundReferences } from './bounds.js';
import { CheckRun } from './check-run.js';
import { Settlement } from './settlement.js';

/** Outputs and arguments that may gather before they are stored, in bytes. */
const PENDING_BYTES = 4 * 1024 * 1024;
/** What a person can be asked about. */
const MAX_APPROVABLE_BYTES = 256 * 1024;

const NOT_BEGUN = 'The goal was interrupted before the call.';

/** What one attempt works with. */
interface Prepared {
  readonly task: TaskRun;
  readonly planned: PlanTask;
  readonly facts: CallFacts;
  readonly given: JsonObject;
  readonly requests: TaskRequests;
}

/** One attempt of one task: references → approval, where it needs one → record → gate → check → record. */
export class Attempt {
  private readonly settlement: Settlement;

  constructor(
    private readonly run: GoalRun,
    private readonly deps: GovernorDeps,
    private readonly saver: Saver,
  ) {
    this.settlement = new Settlement(run, deps);
  }

  /** Leaves the task SUCCEEDED, FAILED, CANCELLED, AWAITING_APPROVAL, or READY for another attempt. Throws LeaseLost. */
  async make(task: TaskRun, planned: PlanTask): Promise<void> {
    const tool = this.run.tools.find(planned.tool);
    if (!tool) {
      const detail = `There is no tool "${planned.tool}" any more: it was there when the plan was checked.`;
      return this.failBefore(task, { code: 'unknown_tool', detail }, {});
    }
    let given: JsonObject;
    try {
      given = this.resolve(planned);
    } catch (error) {
      if (!(error instanceof MissingReference)) throw error;
      return this.failBefore(task, { code: error.code, detail: error.message }, planned.arguments ?? {});
    }
    const prepared = this.prepare(task, planned, tool, given);
    if (await this.waitsForPerson(prepared)) return;
    await this.carryOut(prepared);
  }

  /** A defect of ours: the operator’s log has the reason. */
  failInternally(task: TaskRun): void {
    this.settlement.fail(task, failure('internal_error', 'The engine could not carry out this task.'), {});
  }

  private prepare(task: TaskRun, planned: PlanTask, tool: ToolSpec, given: JsonObject): Prepared {
    const { goal, activeMs, tools } = this.run;
    const requests = requestsOf(planned, tool, given, tools, { goal, activeMs, approval: task.approval });
    return { task, planned, facts: tool.facts(given), given, requests };
  }

  /** Finds out, before anything of the task has run, whether a person has to agree; whether the task is dealt with. */
  private async waitsForPerson(prepared: Prepared): Promise<boolean> {
    const { task, facts, requests } = prepared;
    if (facts.action === null && !requests.check) return false;
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
    });
  }

  private async carryOut(prepared: Prepared): Promise<void> {
    const { task, planned, facts, requests } = prepared;
    this.begin(task);
    const isSeen = facts.effect !== 'pure' || requests.check !== undefined;
    if (isSeen) {
      // What others can see must be preceded by a record that it was begun.
      await this.saver.saveBeforeEffect();
      if (this.run.interrupts.current) return this.settlement.putBack(task, NOT_BEGUN);
    }
    const passage = await this.deps.gate.pass(requests.own, this.callOf(task, planned, requests.own));
    if (passage.kind === 'ran') await this.settle(prepared, passage.outcome);
    else this.turnedAway(prepared, passage);
    if (isSeen || this.run.changes.pendingBytes > PENDING_BYTES) await this.saver.save();
  }

  private async settle(prepared: Prepared, outcome: ToolOutcome): Promise<void> {
    const { task, planned, given, requests } = prepared;
    if (!outcome.ok) return this.settlement.failed(prepared, outcome);
    const check = new CheckRun(this.run, this.deps);
    const result = await check.evaluate(task, planned.check, requests.check, outcome.output);
    if (result === 'met') this.settlement.succeed(prepared, outcome);
    else if (result === 'stopped') this.settlement.unchecked(prepared);
    else if (result.violation) this.settlement.violate(task, result.error, given);
    else this.settlement.fail(task, result.error, given);
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
        return this.settlement.stopped(task, UNASKED);
    }
  }

  private failBefore(task: TaskRun, error: Failure, given: JsonObject): void {
    this.begin(task);
    this.settlement.fail(task, error, given);
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
