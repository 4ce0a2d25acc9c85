import { describe, expect, it } from 'vitest';
import type { TaskState } from '../machine/states.js';
import type { Plan } from '../plan/plan.js';
import { keptByFork } from './kept-by-fork.js';
import type { ReplayedGoal, ReplayedTask } from './replayed.js';

/** a → b → c, by a reference from b on, and x beside them. */
const PLAN: Plan = {
  tasks: [
    { id: 'a', tool: 'echo', arguments: { n: 1 } },
    { id: 'b', tool: 'echo', arguments: { a: { $ref: 'a.output' } } },
    { id: 'c', tool: 'echo', depends_on: ['b'] },
    { id: 'x', tool: 'echo' },
  ],
};

type Told = Readonly<Record<string, readonly [state: TaskState, seq: number]>>;

function goalOf(tasks: Told, dropped: Told = {}): ReplayedGoal {
  const list = (told: Told): ReplayedTask[] =>
    Object.entries(told).map(([key, [state, seq]], position) => ({
      key,
      position,
      taskId: null,
      planVersion: 1,
      state,
      attempts: 1,
      errorCode: null,
      approvalId: null,
      startedAt: null,
      finishedAt: null,
      seq,
    }));
  return {
    seq: 20,
    at: 0,
    state: 'EXECUTING',
    held: false,
    paused: null,
    halted: null,
    planVersion: 1,
    replans: 0,
    tasks: list(tasks),
    dropped: list(dropped),
  };
}

const ALL = { a: ['SUCCEEDED', 5], b: ['SUCCEEDED', 6], c: ['SUCCEEDED', 7], x: ['SUCCEEDED', 8] } as const;
const changed = (key: string): Plan => ({
  tasks: PLAN.tasks.map((task) => (task.id === key ? { ...task, arguments: { changed: true } } : task)),
});
const keys = (then: ReplayedGoal, now: ReplayedGoal, after = PLAN) =>
  keptByFork(then, now, PLAN, after).map(({ key }) => key);

describe('what a fork keeps', () => {
  it('is all that had succeeded, where nothing is changed [ORC-12]', () => {
    expect(keys(goalOf(ALL), goalOf(ALL))).toEqual(['a', 'b', 'c', 'x']);
    const then = goalOf({ ...ALL, b: ['RUNNING', 6], c: ['PENDING', 0] });
    expect(keys(then, goalOf(ALL))).toEqual(['a', 'x']);
  });

  it('is not what was changed, nor what depends on it, directly or not [ORC-12]', () => {
    const all = goalOf(ALL);
    expect(keys(all, all, changed('a'))).toEqual(['x']);
    expect(keys(all, all, changed('c'))).toEqual(['a', 'b', 'x']);
    expect(keys(all, all, changed('x'))).toEqual(['a', 'b', 'c']);
  });

  it('is not what depends on something that had not succeeded then [ORC-12]', () => {
    const then = goalOf({ ...ALL, a: ['FAILED', 5] });
    expect(keys(then, goalOf(ALL))).toEqual(['x']);
  });

  it('is not what a later plan ran again, but what it dropped [ORC-12]', () => {
    const now = goalOf({ a: ['SUCCEEDED', 5], b: ['SUCCEEDED', 16] }, { c: ['SUCCEEDED', 7], x: ['SUCCEEDED', 8] });
    expect(keys(goalOf(ALL), now)).toEqual(['a', 'x']);
  });

  it('compares by what is said, not by identity [ORC-12]', () => {
    const all = goalOf(ALL);
    expect(keys(all, all, structuredClone(PLAN))).toEqual(['a', 'b', 'c', 'x']);
  });
});
