import type { JsonObject } from '#libs/kernel';
import { describe, expect, it } from 'vitest';
import type { GoalState } from '../machine/states.js';
import type { Plan } from '../plan/plan.js';
import { replay } from './replay.js';
import type { JournalRow } from './replayed.js';

const actor = { kind: 'system', id: 'wrk_test', name: 'engine' };

/** a → b, and c beside them. */
const PLAN: Plan = {
  tasks: [
    { id: 'a', tool: 'echo' },
    { id: 'b', tool: 'echo', depends_on: ['a'] },
    { id: 'c', tool: 'echo' },
  ],
};
const PLANS = [{ version: 1, plan: PLAN }];

type Line = readonly [type: string, data?: JsonObject, from?: GoalState, to?: GoalState];

/** A journal written by hand; a row's time is 100 times its number. */
function journal(...lines: readonly Line[]): JournalRow[] {
  return lines.map(([type, data = null, from = null, to = null], n) => ({
    seq: n + 1,
    at: (n + 1) * 100,
    type,
    from,
    to,
    actor,
    reason: null,
    data,
  }));
}

const move = (from: GoalState, to: GoalState, data: JsonObject = {}): Line => ['goal.transition', data, from, to];
const about = (key: string, attempt: number, data: JsonObject = {}): JsonObject => ({
  task_id: `task_${key}`,
  key,
  attempt,
  ...data,
});

const BEGINNING: readonly Line[] = [
  move('IDLE', 'RECEIVED'),
  move('RECEIVED', 'INTENT_ANALYSIS'),
  move('INTENT_ANALYSIS', 'TASK_DECOMPOSITION'),
  move('TASK_DECOMPOSITION', 'AGENT_ASSIGNMENT', { plan_version: 1, tasks: 3, kept: 0 }),
  move('AGENT_ASSIGNMENT', 'PARALLEL_EXECUTING'),
];

const statesOf = (rows: readonly JournalRow[], upTo?: number, plans = PLANS) =>
  replay(rows, plans, upTo).tasks.map(({ key, state, attempts }) => `${key} ${state} ${attempts}`);

describe('the state that a journal tells', () => {
  it('offers a task when what it needs has succeeded, and not before the plan runs [ORC-12]', () => {
    const rows = journal(...BEGINNING, ['task.completed', about('a', 1, { call: { duration_ms: 30 } })]);
    expect(statesOf(rows, 3)).toEqual([]);
    expect(statesOf(rows, 4)).toEqual(['a PENDING 0', 'b PENDING 0', 'c PENDING 0']);
    expect(statesOf(rows, 5)).toEqual(['a READY 0', 'b PENDING 0', 'c READY 0']);
    expect(statesOf(rows)).toEqual(['a SUCCEEDED 1', 'b READY 0', 'c READY 0']);
    expect(replay(rows, PLANS).tasks[0]).toMatchObject({ taskId: 'task_a', startedAt: 570, finishedAt: 600, seq: 6 });
  });

  it('follows attempts that failed, were stopped, interrupted, and put back [ORC-12]', () => {
    const rows = journal(
      ...BEGINNING,
      ['task.retried', about('a', 1, { error: { code: 'flaky', detail: '' } })],
      ['task.started', about('a', 2)],
      ['task.stopped', about('a', 1, { task_state: 'READY' })],
      ['task.started', about('a', 2)],
      ['task.interrupted', about('a', 2)],
      ['task.started', about('a', 3)],
      ['task.stopped', about('a', 3, { task_state: 'CANCELLED' })],
    );
    const told = Array.from({ length: 7 }, (_, n) => statesOf(rows, n + 6)[0]);
    expect(told).toEqual([
      'a READY 1',
      'a RUNNING 2',
      'a READY 1',
      'a RUNNING 2',
      'a READY 2',
      'a RUNNING 3',
      'a CANCELLED 3',
    ]);
    expect(replay(rows, PLANS, 6).tasks[0]?.errorCode).toBe('flaky');
  });

  it('tells a call that was handed to another worker from a check that was [ORC-12]', () => {
    const rows = journal(
      ...BEGINNING,
      ['task.queued', about('a', 1, { purpose: 'call' })],
      ['task.started', about('a', 1)],
      ['task.queued', about('a', 1, { purpose: 'check' })],
    );
    expect([6, 7, 8].map((seq) => statesOf(rows, seq)[0])).toEqual(['a QUEUED 1', 'a RUNNING 1', 'a RUNNING 1']);
  });

  it('reads a stop as journals of earlier versions tell it [ORC-12]', () => {
    const rows = (attempt: number) =>
      journal(...BEGINNING, ['task.started', about('a', 2)], ['task.stopped', about('a', attempt)]);
    expect(statesOf(rows(1))[0]).toBe('a READY 1');
    expect(statesOf(rows(2))[0]).toBe('a CANCELLED 2');
  });

  it('knows which approval a task waits for [ORC-12]', () => {
    const rows = journal(
      ...BEGINNING,
      ['approval.required', about('a', 0, { approval_id: 'appr_1' })],
      ['approval.granted', about('a', 0, { approval_id: 'appr_1' })],
      ['approval.required', about('c', 0, { approval_id: 'appr_2' })],
      ['approval.refused', about('c', 0, { approval_id: 'appr_2', state: 'expired' })],
      ['task.failed', about('c', 0, { error: { code: 'approval_refused', detail: '' } })],
    );
    expect(replay(rows, PLANS, 6).tasks[0]).toMatchObject({ state: 'AWAITING_APPROVAL', approvalId: 'appr_1' });
    expect(replay(rows, PLANS, 7).tasks[0]).toMatchObject({ state: 'READY', approvalId: null });
    expect(replay(rows, PLANS).tasks[2]).toMatchObject({ state: 'FAILED', errorCode: 'approval_refused' });
  });

  it('closes what is open when the goal ends: skipped behind a failure, else cancelled [ORC-12]', () => {
    const rows = journal(
      ...BEGINNING,
      ['task.failed', about('a', 4, { error: { code: 'bad', detail: '' } })],
      ['tasks.closed', { skipped: 1, cancelled: 1 }],
      move('PARALLEL_EXECUTING', 'FAILED'),
    );
    expect(statesOf(rows)).toEqual(['a FAILED 4', 'b SKIPPED 0', 'c CANCELLED 0']);
    expect(replay(rows, PLANS).state).toBe('FAILED');
  });

  it('keeps over a replan what succeeded and is unchanged, and remembers what was dropped [ORC-12]', () => {
    const second: Plan = {
      tasks: [
        { id: 'd', tool: 'echo' },
        { id: 'a', tool: 'echo' },
        { id: 'b', tool: 'echo', depends_on: ['a', 'd'] },
      ],
    };
    const plans = [...PLANS, { version: 2, plan: second }];
    const rows = journal(
      ...BEGINNING,
      ['task.completed', about('a', 2)],
      ['task.completed', about('c', 1)],
      ['task.failed', about('b', 4)],
      move('PARALLEL_EXECUTING', 'REPLANNING'),
      move('REPLANNING', 'TASK_DECOMPOSITION'),
      move('TASK_DECOMPOSITION', 'AGENT_ASSIGNMENT', { plan_version: 2 }),
    );
    const { tasks, dropped, planVersion, replans } = replay(rows, plans);
    expect(tasks.map(({ key, state, attempts, position }) => [key, state, attempts, position])).toEqual([
      ['d', 'PENDING', 0, 0],
      ['a', 'SUCCEEDED', 2, 1],
      ['b', 'PENDING', 0, 2],
    ]);
    expect(tasks[2]?.taskId).toBe('task_b');
    expect(dropped).toMatchObject([{ key: 'c', state: 'SUCCEEDED', planVersion: 1 }]);
    expect({ planVersion, replans }).toEqual({ planVersion: 2, replans: 1 });
    expect(statesOf(rows, 9, plans)).toEqual(['a SUCCEEDED 2', 'b FAILED 4', 'c SUCCEEDED 1']);
  });

  it('begins with what was kept from another goal [ORC-12]', () => {
    const rows = journal(move('IDLE', 'RECEIVED', { kept_tasks: { 1: '2', 3: '0' } }), ...BEGINNING.slice(1));
    expect(statesOf(rows, 1)).toEqual(['a SUCCEEDED 3', 'c SUCCEEDED 1']);
    expect(statesOf(rows)).toEqual(['a SUCCEEDED 3', 'b READY 0', 'c SUCCEEDED 1']);
  });

  it('shows pauses, halts, and goals that wait for their start [ORC-12]', () => {
    const rows = journal(
      move('IDLE', 'RECEIVED', { held: true }),
      ['goal.started'],
      ['goal.paused'],
      ['goal.resumed'],
      ['goal.halted', { scope: 'tenant' }],
      move('RECEIVED', 'INTENT_ANALYSIS'),
      ['goal.paused'],
      move('INTENT_ANALYSIS', 'CANCELLED'),
    );
    const told = rows.map(({ seq }) => {
      const { held, paused, halted } = replay(rows, PLANS, seq);
      return [held, paused?.since, halted];
    });
    expect(told).toEqual([
      [true, undefined, null],
      [false, undefined, null],
      [false, 300, null],
      [false, undefined, null],
      [false, undefined, 'tenant'],
      [false, undefined, null],
      [false, 700, null],
      [false, undefined, null],
    ]);
  });

  it('is that of no goal before the first row [ORC-12]', () => {
    expect(replay([], PLANS)).toMatchObject({ seq: 0, state: 'IDLE', tasks: [] });
  });
});
