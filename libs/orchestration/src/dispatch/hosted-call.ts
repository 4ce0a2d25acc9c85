import { type Clock, hasCode } from '#libs/kernel';
import type { LeaseTimer } from '../governor/lease-timer.js';
import { failure } from '../orchestration.errors.js';
import type { DispatchStore, Ending, LateResult, TakenCall } from '../ports/dispatch.js';
import type { Halt } from '../ports/goal.js';
import type { ToolCatalogues } from '../ports/tools.js';
import type { Gate, JudgedGoal } from '../safety/gate.js';

/** What making calls for others needs from outside. */
export interface HostedCallDeps {
  readonly store: DispatchStore;
  readonly gate: Gate;
  readonly tools: ToolCatalogues;
  readonly clock: Clock;
  readonly report: (error: unknown, about: { readonly goalId?: string; readonly taskId?: string }) => void;
  /** Hears of an ending that came after its lease was over, and counts for nothing. */
  readonly onLate: (result: LateResult) => void;
}

/** Why a call is stopped before its end: nobody wants it any more, a kill switch, or the end of this process. */
export type StopReason = 'withdrawn' | 'leaving' | Halt;

const RETRY_MS = 250;

/** A call that this process makes for the owner of a goal, from its lease to the row that says how it ended. */
export class HostedCall {
  private readonly stopper = new AbortController();
  private reason: StopReason | undefined;

  constructor(
    private readonly taken: TakenCall,
    readonly timer: LeaseTimer,
    private readonly deps: HostedCallDeps,
  ) {}

  get lease(): TakenCall['lease'] {
    return this.taken.lease;
  }

  /** The goal, as the gate is asked about it. */
  get goal(): JudgedGoal {
    const { lease, work } = this.taken;
    return { tenantId: lease.tenantId, id: lease.goalId, submitter: work.submitter, usage: work.usage };
  }

  get about(): { readonly goalId: string; readonly taskId: string } {
    return { goalId: this.lease.goalId, taskId: this.taken.work.call.taskId };
  }

  /** Stops it; the first reason counts. */
  stop(reason: StopReason): void {
    this.reason ??= reason;
    this.stopper.abort();
  }

  /** Makes the call and stores how it ended, or gives it back where somebody else may as well make it. */
  async carry(): Promise<void> {
    const ending = await this.make();
    if (ending) await this.settle(ending);
    else await this.deps.store.handBack(this.lease);
  }

  private async make(): Promise<Ending | undefined> {
    const { call, activeMs, approvable, approval } = this.taken.work;
    const tool = (await this.deps.tools.of(this.lease.tenantId)).find(call.tool);
    if (!tool) {
      const error = { code: 'unknown_tool', detail: `The worker that was to run it has no tool "${call.tool}".` };
      return { kind: 'refused', check: 'tool', error, violation: false, retryable: false };
    }
    const request = { tool, arguments: call.arguments, goal: this.goal, activeMs, approvable, approval };
    const { signal } = this.stopper;
    const passage = await this.deps.gate.pass(request, { ...call, signal }, () => this.timer.isFresh());
    const isUnmade = passage.kind === 'unasked';
    const isStopped = isUnmade || (this.reason !== undefined && passage.kind === 'ran' && !passage.outcome.ok);
    // What may have taken effect is told as it is: its owner asks a person.
    if (!isStopped || (!isUnmade && tool.facts(call.arguments).effect === 'non_idempotent')) return passage;
    if (this.reason === 'withdrawn') return passage;
    return this.reason === 'leaving' || this.reason === undefined
      ? undefined
      : { kind: 'halted', halt: this.reason, check: 'kill switch' };
  }

  /** Stores the ending, again while the store cannot be reached and the lease lasts. */
  private async settle(ending: Ending): Promise<void> {
    for (;;) {
      try {
        if ((await this.deps.store.finish(this.lease, ending)) === 'late') this.late();
        return;
      } catch (error) {
        if (!hasCode(error, 'unavailable')) return this.settleUnstorable(error);
        if (this.timer.isOver()) return this.late();
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }

  private late(): void {
    const { tenantId, goalId } = this.lease;
    this.deps.onLate({ tenantId, goalId, taskIds: [this.about.taskId] });
  }

  /** The store refuses the ending itself, e.g. for a character in it: its owner must not wait for ever. */
  private async settleUnstorable(cause: unknown): Promise<void> {
    this.deps.report(cause, this.about);
    const error = failure('internal_error', 'What the tool gave cannot be stored.');
    // It was made, and what came of it is lost.
    const outcome = { ok: false as const, error, retryable: false, violation: false, uncertain: true };
    await this.deps.store.finish(this.lease, { kind: 'ran', outcome });
  }
}
