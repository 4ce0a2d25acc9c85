import { systemClock } from '#libs/kernel';
import type { Engine } from '../engine/engine.js';
import { isFinal } from '../machine/states.js';
import type { Plan } from '../plan/plan.js';
import type { GoalRecord, Resolution } from '../ports/goal.js';
import type { NewGoal } from '../ports/goal-store.js';
import { InMemoryGoalStore } from './in-memory-goal-store.js';
import { type KitOptions, engineOver, newGoal, until } from './kit.js';

export const ACTOR = { kind: 'user', id: 'usr_test', name: 'somebody' };

const engines: Engine[] = [];

/** Lets `stopEngines` stop an engine that a test has made itself. */
export function adoptEngine(engine: Engine): void {
  engines.push(engine);
}

export async function stopEngines(): Promise<void> {
  for (const engine of engines.splice(0)) await engine.stop(0);
}

/** A running engine over a store in memory, and a way to submit goals to it. */
export function setUp(options: KitOptions = {}, store = new InMemoryGoalStore(systemClock)) {
  const kit = engineOver(store, options);
  adoptEngine(kit.engine);
  kit.engine.start();
  const submit = async (plan: Plan, changes?: Partial<GoalRecord>, parts: Partial<NewGoal> = {}) => {
    const goal = { ...newGoal(plan, changes), ...parts };
    await store.submit(goal);
    const { tenantId, id } = goal.goal;
    const read = async () => (await store.read(tenantId, id))!;
    return {
      id,
      tenantId,
      read,
      command: (kind: 'start' | 'cancel' | 'pause' | 'resume') =>
        store.command(tenantId, { id: crypto.randomUUID(), goalId: id, kind, actor: ACTOR, reason: 'because' }),
      decide: (approvalId: string, approved: boolean, actor = ACTOR, resolution: Resolution | null = null) =>
        store.command(tenantId, {
          id: crypto.randomUUID(),
          goalId: id,
          kind: 'decide',
          decision: { approvalId, approved, resolution },
          actor,
          reason: 'because',
        }),
      /** Waits until every command has been dealt with. */
      heard: () => until(async () => !store.isAsked(id)),
      /** The approvals that wait, once there are so many. */
      pending: (count = 1) =>
        until(async () => {
          const waiting = (await read()).approvals.filter(({ state }) => state === 'pending');
          return waiting.length >= count && waiting;
        }),
      end: () =>
        until(async () => {
          const found = await read();
          return isFinal(found.goal.state) && found;
        }),
    };
  };
  return { ...kit, store, submit };
}
