import { newId, systemClock } from '#libs/kernel';
import { describe, expect, it } from 'vitest';
import { InMemoryGoalStore } from '../conformance/in-memory-goal-store.js';
import { type TestTool, engineOver, newGoal, ok, until } from '../conformance/kit.js';
import type { TaskRecord } from '../ports/goal.js';
import type { ToolEffect } from '../ports/tools.js';

/** A goal whose process died while its only task was running, taken up again. */
async function afterDeath(effect: ToolEffect, attempts = 1, state: TaskRecord['state'] = 'RUNNING') {
  let calls = 0;
  const tool: TestTool = { effect, run: () => ok({ calls: ++calls }) };
  const goal = newGoal({ tasks: [{ id: 'a', tool: 'tool' }] }, { state: 'EXECUTING', startedAt: Date.now() });
  const running: TaskRecord = {
    id: newId(),
    key: 'a',
    position: 0,
    planVersion: 1,
    state,
    attempts,
    dependsOn: [],
    tool: 'tool',
    output: undefined,
    outputBytes: 0,
    error: null,
    workerId: newId(),
    startedAt: Date.now(),
    finishedAt: null,
    retryAt: null,
    approval: null,
  };
  const store = new InMemoryGoalStore(systemClock);
  await store.submit({ ...goal, tasks: [running] });
  const { engine } = engineOver(store, { tools: { tool } });
  engine.start();
  const end = await until(async () => {
    const found = await store.read(goal.goal.tenantId, goal.goal.id);
    const isOver = found?.goal.finishedAt != null || found?.tasks[0]?.state === 'AWAITING_APPROVAL';
    return isOver && found;
  });
  await engine.stop(1_000);
  return { ...end, calls: () => calls };
}

describe('a task that was running when its process died', () => {
  it.each(['pure', 'idempotent'] as const)('runs again where it is %s, as another attempt [ORC-16]', async (effect) => {
    const { goal, tasks, calls } = await afterDeath(effect);
    expect(goal.state).toBe('COMPLETED');
    expect(tasks[0]).toMatchObject({ state: 'SUCCEEDED', attempts: 2 });
    expect(calls()).toBe(1);
  });

  it('is asked about and not repeated where that might do harm [TOL-7]', async () => {
    const { goal, tasks, approvals, calls } = await afterDeath('non_idempotent');
    expect(goal.state).toBe('EXECUTING');
    expect(tasks[0]).toMatchObject({ state: 'AWAITING_APPROVAL', attempts: 1, error: null });
    expect(approvals).toMatchObject([{ state: 'pending', uncertain: { attempt: 1 } }]);
    expect(calls()).toBe(0);
  });

  it('is treated so as well where it was queued for another worker, and that call is gone [ORC-16, WRK-4]', async () => {
    expect(await afterDeath('idempotent', 1, 'QUEUED')).toMatchObject({ goal: { state: 'COMPLETED' } });
    const { tasks, calls } = await afterDeath('non_idempotent', 1, 'QUEUED');
    expect([tasks[0]?.state, calls()]).toEqual(['AWAITING_APPROVAL', 0]);
  });

  it('does not kill process after process: its attempts count [ORC-16]', async () => {
    const { tasks, calls } = await afterDeath('pure', 4);
    expect(tasks[0]).toMatchObject({ state: 'FAILED', attempts: 4, error: { code: 'interrupted' } });
    expect(calls()).toBe(0);
  });
});
