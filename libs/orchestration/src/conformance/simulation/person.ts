import type { Resolution } from '../../ports/goal.js';
import type { InMemoryGoalStore } from '../in-memory-goal-store.js';
import { ACTOR } from '../scene.js';
import type { Answer } from './scenario.js';
import { pause } from './virtual-time.js';

const LOOKS_MS = 40;
/** What an approval is answered with for which the scenario has no answer. */
const USUALLY: Answer = { says: 'approve', afterMs: 30, repeats: false };
/** The output that a call gave of which only a person knows: no call has this number. */
const TOOK_EFFECT: Resolution = { kind: 'took_effect', output: { n: 0, good: true } };

/** Somebody who is asked for approvals, and answers as the scenario says: the first one that was asked for gets the first answer. */
export class Person {
  /** Tasks of which a call was approved. */
  readonly approved = new Set<string>();
  /** What somebody said became of uncertain calls, by the approval in which it was asked. */
  private readonly answered = new Map<string, { readonly taskId: string; readonly kind: Resolution['kind'] }>();
  /** Approvals that were decided: who decides closes them, and the engine only hears of it. */
  readonly decided = new Set<string>();
  private readonly seen = new Set<string>();
  private readonly answers: Answer[];
  private hasLeft = false;

  constructor(
    private readonly store: InMemoryGoalStore,
    private readonly goals: readonly { readonly id: string; readonly tenantId: string }[],
    answers: readonly Answer[],
  ) {
    this.answers = [...answers];
    void this.watch();
  }

  /** What somebody said of a task's uncertain calls. */
  answersTo(taskId: string): Resolution['kind'][] {
    return [...this.answered.values()].flatMap((each) => (each.taskId === taskId ? [each.kind] : []));
  }

  leave(): void {
    this.hasLeft = true;
  }

  private async watch(): Promise<void> {
    while (!this.hasLeft) {
      for (const goal of this.goals) {
        const found = await this.store.read(goal.tenantId, goal.id);
        for (const approval of found?.approvals ?? []) {
          if (approval.state !== 'pending' || this.seen.has(approval.id)) continue;
          this.seen.add(approval.id);
          void this.answer(goal, approval, this.answers.shift() ?? USUALLY);
        }
      }
      await pause(LOOKS_MS);
    }
  }

  private async answer(
    goal: { readonly id: string; readonly tenantId: string },
    approval: { readonly id: string; readonly taskId: string; readonly uncertain: object | null },
    { says, afterMs, repeats }: Answer,
  ): Promise<void> {
    if (says === 'never') return;
    await pause(afterMs);
    const { id, taskId } = approval;
    const decide = async (approved: boolean): Promise<void> => {
      const resolution: Resolution | null =
        approved && approval.uncertain ? (repeats ? { kind: 'repeat' } : TOOK_EFFECT) : null;
      this.decided.add(id);
      if (approved) this.approved.add(taskId);
      if (resolution) this.answered.set(id, { taskId, kind: resolution.kind });
      await this.store.command(goal.tenantId, {
        id: crypto.randomUUID(),
        goalId: goal.id,
        kind: 'decide',
        decision: { approvalId: id, approved, resolution },
        actor: ACTOR,
        reason: null,
      });
    };
    await decide(says !== 'refuse');
    if (says === 'twice') await decide(true);
    if (says === 'contradict') await decide(false);
  }
}
