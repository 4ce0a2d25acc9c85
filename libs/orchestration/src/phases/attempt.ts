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
import { boundReferences } from './bounds.js';
import { CheckRun } from './check-run.js';
import { Settlement } from './settlement.js';

/** Outputs that may gather before they are stored, in bytes. */
const PENDING_OUTPUT_BYTES = 4 * 1024 * 1024;

/** What one attempt works with. */
interface Prepared {
  readonly task: TaskRun;
  readonly planned: PlanTask;
  readonly facts: CallFacts;
  readonly request: GateRequest;
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
    const { goal, activeMs } = this.run;
    const approvable = { tool: tool.name, arguments: given, checkCommand: planned.check?.command ?? null };
    const request = { tool, arguments: given, goal, activeMs, approvable, approval: task.approval };
    return { task, planned, facts: tool.facts(given), request };
  }

  /** Asks for an approval before anything of the task has run: of its call, or of the command that checks it. */
  private async waitsForPerson({ task, planned, facts, request }: Prepared): Promise<boolean> {
    const check = new CheckRun(this.run, this.deps, planned.check);
    if (facts.action === null && !check.isCommand) return false;
    const { signal } = this.run.interrupts;
    const own = await this.deps.gate.judge(request, signal);
    const verdict = own.kind === 'allowed' ? await check.judge(request, signal) : own;
    // Stopped meanwhile: the task has not begun.
    if (this.run.interrupts.current) return true;
    if (verdict?.kind !== 'asks') return false;
    this.ask({ task, planned, facts, request }, verdict);
    return true;
  }

  private ask({ task, facts, request }: Prepared, verdict: Passage & { kind: 'asks' }): void {
    askForApproval(this.run, task, {
      ...request.approvable,
      id: this.deps.ids(),
      taskId: task.id,
      arguments: request.arguments,
      action: verdict.action,
      risk: facts.risk,
      hash: argumentsHash(request.approvable),
      reason: verdict.reason,
      requestedBy: this.run.goal.submitter,
      expiresAt: this.run.now() + this.deps.limits.approvalMs,
    });
  }

  private async carryOut(prepared: Prepared): Promise<void> {
    const { task, planned, facts, request } = prepared;
    const check = new CheckRun(this.run, this.deps, planned.check);
    this.begin(task);
    const isSeen = facts.effect !== 'pure' || check.isCommand;
    if (isSeen) {
      // What others can see must be preceded by a record that it was begun.
      await this.saver.saveBeforeEffect();
      if (this.run.interrupts.current) return this.putBack(task);
    }
    const passage = await this.deps.gate.pass(request, this.callOf(task, planned, request));
    if (passage.kind === 'ran') await this.settle(prepared, passage.outcome, check);
    else this.turnedAway(prepared, passage);
    if (isSeen || this.run.changes.outputBytes > PENDING_OUTPUT_BYTES) await this.saver.save();
  }

  private async settle(prepared: Prepared, outcome: ToolOutcome, check: CheckRun): Promise<void> {
    const { task, planned, facts, request } = prepared;
    const subject = { task, planned, facts, given: request.arguments };
    if (!outcome.ok) return this.settlement.failed(subject, outcome);
    const verdict = await check.evaluate(task, request, outcome.output);
    if (verdict === 'met') this.settlement.succeed(subject, outcome);
    else if (verdict === 'stopped')
      this.settlement.failed(subject, { ok: false, error: UNASKED, retryable: true, violation: false });
    else this.settlement.fail(task, verdict, request.arguments);
  }

  /** The gate did not let it pass: nothing has run. */
  private turnedAway(prepared: Prepared, passage: Exclude<Passage, { kind: 'ran' }>): void {
    const { task, planned, request } = prepared;
    switch (passage.kind) {
      case 'refused':
        return this.settlement.refused({ task, planned, given: request.arguments }, passage);
      case 'halted':
        this.putBack(task);
        return this.run.interrupts.raise({ kind: 'halt', halt: passage.halt });
      case 'asks':
        // Whoever approved lost the right a moment ago.
        this.putBack(task);
        return this.ask(prepared, passage);
      case 'unasked':
        return this.settlement.stopped(task, UNASKED);
    }
  }

  private failBefore(task: TaskRun, error: Failure, given: JsonObject): void {
    this.begin(task);
    this.settlement.fail(task, error, given);
  }

  private putBack(task: TaskRun): void {
    this.settlement.putBack(task);
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
