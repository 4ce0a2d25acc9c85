import { newId, systemClock } from '#libs/kernel';
import { InMemoryGoalStore } from '../../libs/orchestration/src/conformance/in-memory-goal-store.js';
import { type KitOptions, engineOver, newGoal, until } from '../../libs/orchestration/src/conformance/kit.js';
import {
  type GoalChange,
  type GoalRecord,
  type GovernorDeps,
  type NewGoal,
  type Plan,
  type PlanVersion,
  isFinal,
} from '#libs/orchestration';
import { TOOLS } from './tools.js';

const SOMEBODY = { kind: 'user', id: 'usr_somebody', name: 'Somebody' };

/** Keeps every version of the plan that it is given. */
class RecordingStore extends InMemoryGoalStore {
  readonly plans: PlanVersion[] = [];

  override async submit(goal: NewGoal) {
    this.plans.push({ version: goal.goal.planVersion, plan: goal.plan });
    return super.submit(goal);
  }

  override async commit(change: GoalChange) {
    this.plans.push(...change.plans);
    return super.commit(change);
  }
}

/** A goal to record, and what it meets. */
export interface Staged {
  readonly plan: Plan;
  readonly goal?: Partial<GoalRecord>;
  readonly options?: KitOptions;
  /** A mind in place of the one by rules; `stop` ends the process at its next step. */
  readonly mind?: (stop: () => void) => Partial<GovernorDeps['mind']>;
}

export type Scene = Awaited<ReturnType<typeof stage>>;

/** Submits the goal of a scenario to an engine of its own, and gives the means by which things happen to it. */
export async function stage(scenario: Staged) {
  const store = new RecordingStore(systemClock);
  const { engine, deps } = engineOver(store, { ...scenario.options, tools: { ...TOOLS, ...scenario.options?.tools } });
  const stop = (): void => void engine.stop(0);
  Object.assign(deps, { mind: { ...deps.mind, ...scenario.mind?.(stop) } });
  const goal = newGoal(scenario.plan, scenario.goal);
  const { tenantId, id } = goal.goal;
  const decisions = new Map<string, 'approved' | 'refused'>();
  const read = async () => (await store.read(tenantId, id))!;
  const asked = () => ({ id: newId(), goalId: id, actor: SOMEBODY, reason: 'it was asked for' });
  const reaches = (state: string) => until(async () => (await read()).goal.state === state);
  await store.submit(goal);
  engine.start();
  return {
    store,
    stop,
    read,
    reaches,
    decisions,
    end: () => until(async () => isFinal((await read()).goal.state)),
    /** Until so many of its tasks run, and that is stored. */
    running: (count = 1) =>
      until(async () => (await read()).tasks.filter(({ state }) => state === 'RUNNING').length >= count),
    journals: (type: string) => until(async () => (await read()).journal.some((entry) => entry.type === type)),
    /** Until no engine holds it. */
    parked: () => until(async () => engine.size === 0),
    command: (kind: 'cancel' | 'pause' | 'resume') => store.command(tenantId, { ...asked(), kind }),
    halt: () => store.engage(id, { scope: 'goal', by: SOMEBODY, reason: 'to be on the safe side' }),
    async decide(approved: boolean) {
      const approvalId = await until(async () => (await read()).approvals.find(({ state }) => state === 'pending')?.id);
      decisions.set(approvalId, approved ? 'approved' : 'refused');
      await store.command(tenantId, {
        ...asked(),
        kind: 'decide',
        decision: { approvalId, approved, resolution: null },
      });
    },
  };
}
