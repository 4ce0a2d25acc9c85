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
const UNMADE: Ending = { kind: 'unasked' };

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
    const ending = await this.make().catch((error: unknown) => this.unmade(error));
    if (ending) await this.settle(ending);
    else await this.handBack();
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
    // What may have taken effect, and must not do so twice, is told as it is: its owner asks a person.
    const mayRepeat = tool.facts(call.arguments).effect !== 'non_idempotent';
    if (passage.kind === 'ran' && (passage.outcome.ok || (passage.outcome.uncertain && !mayRepeat))) return passage;
    if (passage.kind === 'ran' && this.reason === undefined) return passage;
    return passage.kind === 'ran' || passage.kind === 'unasked' ? this.asIfUnmade() : passage;
  }

  /** How a call ends that was stopped before it had done anything that counts: undefined where it is handed back. */
  private asIfUnmade(): Ending | undefined {
    if (this.reason === undefined || this.reason === 'leaving') return undefined;
    return this.reason === 'withdrawn' ? UNMADE : { kind: 'halted', halt: this.reason, check: 'kill switch' };
  }

  /** Nothing was run, and nobody can be asked now; a defect of ours must not go from worker to worker. */
  private unmade(error: unknown): Ending | undefined {
    this.deps.report(error, this.about);
    if (hasCode(error, 'unavailable')) return undefined;
    const told = failure('internal_error', 'The worker that was to make the call could not begin it.');
    return { kind: 'ran', outcome: { ok: false, error: told, retryable: false, violation: false, uncertain: false } };
  }

  private async handBack(): Promise<void> {
    while (!this.timer.isOver()) {
      try {
        return await this.deps.store.handBack(this.lease);
      } catch (error) {
        if (!hasCode(error, 'unavailable')) throw error;
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }

  /** Stores the ending, again while the store cannot be reached and the lease lasts. */
  private async settle(ending: Ending): Promise<void> {
    for (let isRepeated = false; ; isRepeated = true) {
      try {
        // A repetition may find its own first try, of which only the answer was lost.
        if ((await this.deps.store.finish(this.lease, ending)) === 'late' && !isRepeated) this.late();
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
