import { newId } from '#libs/kernel';
import { expect } from 'vitest';
import type { ApprovalRequest, GoalChange, GoalStore, LeasedGoal } from '../ports/goal-store.js';
import type { GoalRecord, TaskRecord } from '../ports/goal.js';
import { newGoal, until } from './kit.js';

/** A store under test. */
export interface StoreUnderTest {
  readonly store: GoalStore;
  /** A tenant that goals may belong to. */
  newTenant(): Promise<string>;
  /** What is stored of a goal. */
  read(
    tenantId: string,
    goalId: string,
  ): Promise<
    | {
        readonly goal: Pick<GoalRecord, 'state' | 'lastSeq'>;
        readonly tasks: readonly Pick<TaskRecord, 'key' | 'state' | 'output'>[];
        readonly journal: readonly { readonly seq: number; readonly type: string }[];
        readonly approvals: readonly { readonly id: string; readonly state: string }[];
      }
    | undefined
  >;
}

export const ACTOR = { kind: 'user', id: 'usr_test', name: 'somebody' };
export const PLAN = { tasks: [{ id: 'a', tool: 'echo' }] };
export const WORKER = newId();

export function approvalOf(taskId: string): Omit<ApprovalRequest, 'id'> {
  return {
    taskId,
    tool: 'ship',
    action: 'deploy',
    risk: 'HIGH',
    arguments: { b: 1, a: 2 },
    checkCommand: null,
    hash: 'h',
    reason: 'a deployment waits for a person',
    requestedBy: { ...ACTOR, user_id: null },
    expiresAt: Date.now() + 60_000,
    uncertain: null,
  };
}

/** What the cases of the suite do with a store, whichever it is. */
export function handle<On extends Pick<StoreUnderTest, 'store' | 'newTenant'>>(on: On) {
  const { store } = on;

  async function submit(tenantId: string, changes: Partial<GoalRecord> = {}) {
    const goal = newGoal(PLAN, { tenantId, ...changes });
    expect(await store.submit(goal)).toBe('stored');
    return goal.goal;
  }

  async function claim(limit = 100, leaseMs = 60_000): Promise<readonly LeasedGoal[]> {
    return store.claim({ workerId: WORKER, limit, leaseMs });
  }

  /** Claims until the goal is among the claimed; everything else that is due is leased away with it. */
  async function claimOne(goalId: string, leaseMs?: number): Promise<LeasedGoal> {
    return until(async () => (await claim(100, leaseMs)).find((leased) => leased.lease.goalId === goalId));
  }

  async function claimAll(ids: readonly string[]): Promise<Map<string, LeasedGoal>> {
    const found = new Map<string, LeasedGoal>();
    await until(async () => {
      for (const leased of await claim()) found.set(leased.goal.id, leased);
      return ids.every((id) => found.has(id));
    });
    return found;
  }

  function change({ lease, goal }: LeasedGoal, given: Partial<GoalChange> = {}): GoalChange {
    const journal = given.journal ?? [entry('note')];
    return {
      lease,
      expectedSeq: goal.lastSeq,
      plans: [],
      tasks: [],
      events: [],
      artifacts: [],
      approvals: [],
      handledCommands: [],
      dispatches: [],
      endedDispatches: [],
      release: null,
      ...given,
      goal: { ...goal, ...given.goal, lastSeq: goal.lastSeq + journal.length },
      journal,
    };
  }

  function entry(type: string) {
    return { at: Date.now(), type, from: null, to: null, actor: ACTOR, reason: null, data: { n: 1 } };
  }

  function task(goal: LeasedGoal, output: TaskRecord['output']): TaskRecord {
    return {
      id: newId(),
      key: 'a',
      position: 0,
      planVersion: goal.goal.planVersion,
      state: 'SUCCEEDED',
      attempts: 1,
      dependsOn: [],
      tool: 'echo',
      output,
      outputBytes: 10,
      error: null,
      workerId: WORKER,
      startedAt: goal.now,
      finishedAt: goal.now,
      retryAt: null,
      approval: null,
    };
  }

  return { on, store, submit, claim, claimOne, claimAll, change, entry, task };
}

export type Handle = ReturnType<typeof handle<StoreUnderTest>>;
