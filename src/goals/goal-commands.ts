import { Inject, Injectable } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { requirePrincipal } from '#libs/context';
import { newId } from '#libs/kernel';
import { type GoalCommand, type GoalStore, MACHINE_ERRORS, isFinal } from '#libs/orchestration';
import { TenantTransaction } from '#libs/persistence';
import { currentActor } from './actors.js';
import { GOAL_STORE } from './engine/tokens.js';
import { GoalQueries } from './goal-queries.js';
import { GOAL_ERRORS } from './goals.errors.js';
import type { GoalView } from './goals.schemas.js';

/** How long an answer waits for the owner to have heard; the command is stored in any case. */
const PATIENCE_MS = 2_000;

/** Start, cancel, pause and resume: asked of the goal's owner, which alone may write the goal. */
@Injectable()
export class GoalCommands {
  constructor(
    @Inject(GOAL_STORE) private readonly store: GoalStore,
    private readonly tenants: TenantTransaction,
    private readonly goals: GoalQueries,
  ) {}

  /**
   * Asks, and gives the goal as it is once its owner has heard, or after two seconds as it is then. Throws `not_found`,
   * `goal_final`, or `already_started` for a start that is too late.
   */
  async ask(
    goalId: string,
    kind: Exclude<GoalCommand['kind'], 'decide'>,
    reason: string | undefined,
  ): Promise<GoalView> {
    const goal = await this.goals.row(goalId);
    if (isFinal(goal.state)) {
      throw MACHINE_ERRORS.make('goal_final', `The goal is ${goal.state}, and a final state never changes.`);
    }
    if (kind === 'start' && !goal.held) {
      throw GOAL_ERRORS.make('already_started', `The goal is ${goal.state} and does not wait to be started.`);
    }
    const id = newId();
    const { tenantId } = requirePrincipal();
    await this.store.command(tenantId, { id, goalId, kind, actor: currentActor(), reason: reason ?? null });
    await this.heard(tenantId, goalId, id);
    return this.goals.get(goalId);
  }

  /** Waits until the goal's owner has dealt with a command, or for two seconds. */
  async heard(tenantId: string, goalId: string, id: string): Promise<void> {
    const end = performance.now() + PATIENCE_MS;
    const sql = 'select id from goal_command where tenant_id = $1 and goal_id = $2 and id = $3';
    for (let pause = 5; performance.now() < end; pause = Math.min(pause * 2, 100)) {
      await sleep(pause);
      const waiting = await this.tenants.once(tenantId, sql, [tenantId, goalId, id]);
      if (waiting.length === 0) return;
    }
  }
}
