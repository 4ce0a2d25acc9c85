import { systemClock } from '#libs/kernel';
import { afterEach, describe, expect, it } from 'vitest';
import { hostOver } from '../conformance/hosts.js';
import { InMemoryGoalStore } from '../conformance/in-memory-goal-store.js';
import { type TestTool, engineOver, ok, until } from '../conformance/kit.js';
import { ACTOR, adoptEngine, setUp, stopEngines } from '../conformance/scene.js';
import type { Capability } from '../ports/workers.js';

const NO_WEB: readonly Capability[] = ['goal_execution', 'task_execution'];
const PLAN = { tasks: [{ id: 'far', tool: 'fetch' }] };

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all([stopEngines(), ...stops.splice(0).map((stop) => stop())]);
});

/** A tool that the owner cannot run, and what is seen of its calls. */
function scene(run: TestTool['run'] = ({ goalId }) => ok({ goalId }), effect: TestTool['effect'] = 'idempotent') {
  const calls: AbortSignal[] = [];
  const fetch: TestTool = {
    needs: 'web_operations',
    effect,
    run: (call) => {
      calls.push(call.signal);
      return run(call);
    },
  };
  const store = new InMemoryGoalStore(systemClock);
  const tools = { fetch };
  const host = (options: Parameters<typeof hostOver>[1] = {}) => {
    const made = hostOver(store, { tools, ...options });
    stops.push(() => made.host.stop(0));
    return made;
  };
  return { store, tools, calls, host, owner: setUp({ tools, capabilities: NO_WEB }, store) };
}

const untilAborted: TestTool['run'] = ({ signal }) =>
  new Promise((resolve) =>
    signal.addEventListener('abort', () =>
      resolve({
        ok: false,
        error: { code: 'interrupted', detail: 'stopped' },
        retryable: false,
        violation: false,
        uncertain: true,
      }),
    ),
  );

describe('a call that the owner of its goal cannot make', () => {
  it('is made by a worker that can, once, and the journal says by whom [WRK-1]', async () => {
    const { owner, host, calls } = scene();
    const { workerId } = host();
    const goal = await owner.submit(PLAN);
    const { goal: end, tasks, journal } = await goal.end();
    expect(end.state).toBe('COMPLETED');
    expect(tasks[0]).toMatchObject({ state: 'SUCCEEDED', attempts: 1, workerId, output: { goalId: goal.id } });
    expect(journal.map(({ type }) => type)).toContain('task.queued');
    expect(calls).toHaveLength(1);
  });

  it('waits until there is such a worker [WRK-1]', async () => {
    const { owner, host } = scene();
    const goal = await owner.submit(PLAN);
    await until(async () => (await goal.read()).tasks[0]?.state === 'QUEUED');
    host({ needs: ['file_operations'] });
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect((await goal.read()).tasks[0]?.state).toBe('QUEUED');
    host();
    expect((await goal.end()).goal.state).toBe('COMPLETED');
  });

  it('passes the gate of the worker that makes it [SAF-1]', async () => {
    const { owner, host, calls } = scene();
    host({ allowed: () => false });
    const goal = await owner.submit(PLAN);
    expect((await goal.end()).goal).toMatchObject({ state: 'FAILED', error: { code: 'permission_lost' } });
    expect(calls).toEqual([]);
  });

  it('outlives the owner: the next one hears how it ended [ORC-16]', async () => {
    let finish: () => void = () => undefined;
    const { owner, host, store, tools, calls } = scene(async () => {
      await new Promise<void>((resolve) => (finish = resolve));
      return ok({ done: true });
    });
    host();
    const goal = await owner.submit(PLAN);
    await until(async () => calls.length === 1);
    await owner.engine.stop(0);
    expect((await goal.read()).tasks[0]?.state).toBe('RUNNING');
    const next = engineOver(store, { tools, capabilities: NO_WEB });
    adoptEngine(next.engine);
    next.engine.start();
    finish();
    const { goal: end, tasks } = await goal.end();
    expect([end.state, tasks[0]?.attempts, calls.length]).toEqual(['COMPLETED', 1, 1]);
  });

  it('is stopped within moments when the goal is cancelled [ORC-11]', async () => {
    const { owner, host, calls } = scene(untilAborted, 'idempotent');
    host();
    const goal = await owner.submit(PLAN);
    await until(async () => calls.length === 1);
    await goal.command('cancel');
    expect((await goal.end()).goal.state).toBe('CANCELLED');
    expect(calls[0]?.aborted).toBe(true);
  });

  it('is told of where it was begun, and its goal cancelled, while nobody owned that [TOL-7]', async () => {
    const { owner, host, store, tools, calls } = scene(untilAborted, 'non_idempotent');
    const goal = await owner.submit(PLAN);
    await until(async () => (await goal.read()).tasks[0]?.state === 'QUEUED');
    await owner.engine.stop(0);
    host();
    await until(async () => calls.length === 1);
    await goal.command('cancel');
    const next = engineOver(store, { tools, capabilities: NO_WEB });
    adoptEngine(next.engine);
    next.engine.start();
    const { goal: end, tasks } = await goal.end();
    expect([end.state, tasks[0]?.state, calls[0]?.aborted]).toEqual(['CANCELLED', 'CANCELLED', true]);
    expect(tasks[0]?.error?.code).toBe('outcome_uncertain');
  });

  it('is dealt with before the command of its check begins, which nobody then runs a second time [TOL-7]', async () => {
    const left: number[] = [];
    const store = new InMemoryGoalStore(systemClock);
    const look: TestTool['run'] = ({ goalId }) => {
      left.push(store.dispatches.newsOf([goalId]).length);
      return ok({ exit_code: 0 });
    };
    const tools: Record<string, TestTool> = {
      fetch: { needs: 'web_operations', effect: 'idempotent', run: () => ok({}) },
      run_command: { effect: 'non_idempotent', run: look },
    };
    const { host } = hostOver(store, { tools });
    stops.push(() => host.stop(0));
    const owner = setUp({ tools, capabilities: NO_WEB }, store);
    const goal = await owner.submit({ tasks: [{ id: 'far', tool: 'fetch', check: { command: ['true'] } }] });
    expect((await goal.end()).goal.state).toBe('COMPLETED');
    expect(left).toEqual([0]);
  });

  it('is not begun any more once the goal is cancelled [ORC-11]', async () => {
    const { owner, host, calls } = scene();
    const goal = await owner.submit(PLAN);
    await until(async () => (await goal.read()).tasks[0]?.state === 'QUEUED');
    await goal.command('cancel');
    expect((await goal.end()).goal.state).toBe('CANCELLED');
    host();
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(calls).toEqual([]);
  });
});

describe('a goal whose call is with another worker', () => {
  it('has it stopped by a kill switch, also while nobody owns the goal, and made again afterwards [SAF-7]', async () => {
    let isOver = false;
    const { owner, host, store, tools, calls } = scene((call) => (isOver ? ok({}) : untilAborted(call)));
    host();
    const goal = await owner.submit(PLAN);
    await until(async () => calls.length === 1);
    await owner.engine.stop(0);
    store.engage(goal.tenantId, { scope: 'tenant', by: ACTOR, reason: null });
    await until(async () => calls[0]?.aborted);
    const next = engineOver(store, { tools, capabilities: NO_WEB });
    adoptEngine(next.engine);
    next.engine.start();
    isOver = true;
    store.lift(goal.tenantId);
    const { goal: end, tasks } = await goal.end();
    expect([end.state, tasks[0]?.attempts, calls.length]).toEqual(['COMPLETED', 1, 2]);
  });

  it('begins nothing while it is paused, and goes on when it is resumed [ORC-11]', async () => {
    const { owner, host, calls } = scene();
    const goal = await owner.submit(PLAN);
    await until(async () => (await goal.read()).tasks[0]?.state === 'QUEUED');
    await goal.command('pause');
    await until(async () => (await goal.read()).tasks[0]?.state === 'READY');
    host();
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(calls).toEqual([]);
    await goal.command('resume');
    const { goal: end, tasks } = await goal.end();
    expect([end.state, tasks[0]?.attempts]).toEqual(['COMPLETED', 1]);
  });
});

describe('a worker that makes calls for others', () => {
  it('hands on what it has not made when it stops [WRK-3]', async () => {
    let isOver = false;
    const { owner, host, calls } = scene((call) => (isOver ? ok({}) : untilAborted(call)));
    const leaving = host();
    const goal = await owner.submit(PLAN);
    await until(async () => calls.length === 1);
    const { workerId } = host();
    isOver = true;
    await leaving.host.stop(20);
    const { tasks } = await goal.end();
    expect(tasks[0]).toMatchObject({ state: 'SUCCEEDED', attempts: 1, workerId });
  });

  it('makes no more at once than it has capacity for [WRK-1]', async () => {
    const gates: (() => void)[] = [];
    const { owner, host } = scene(async () => {
      await new Promise<void>((resolve) => gates.push(resolve));
      return ok({});
    });
    host({ capacity: 2 });
    const goal = await owner.submit({ tasks: ['a', 'b', 'c'].map((id) => ({ id, tool: 'fetch' })) });
    await until(async () => gates.length === 2);
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(gates).toHaveLength(2);
    gates[0]!();
    await until(async () => gates.length === 3);
    for (const open of gates) open();
    expect((await goal.end()).goal.state).toBe('COMPLETED');
  });

  it('tells all of a call that was meant for it and for which it has no room [WRK-2]', async () => {
    const { host, store, owner } = scene(untilAborted);
    const full = host({ capacity: 1 });
    await owner.submit(PLAN);
    await until(async () => full.host.size === 1);
    const heard: (string | undefined)[] = [];
    store.dispatches.onDispatch((workerId) => heard.push(workerId));
    store.dispatches.hint(full.workerId);
    expect(heard).toContain(undefined);
  });
});

describe('a worker that is lost with a call', () => {
  /** Takes the call as a worker that does nothing with it, and never comes back. */
  async function takeAway(store: InMemoryGoalStore): Promise<void> {
    await until(async () => {
      const needs = ['web_operations'] as const;
      return (await store.dispatches.take({ workerId: 'gone', needs, limit: 1, leaseMs: 50 })).length === 1;
    });
  }

  it('is followed by another one, where the call may be repeated [WRK-4]', async () => {
    const { owner, host, store, calls } = scene();
    const goal = await owner.submit(PLAN);
    await takeAway(store);
    const { workerId } = host();
    const { goal: end, tasks } = await goal.end();
    expect([end.state, tasks[0]?.workerId, calls.length]).toEqual(['COMPLETED', workerId, 1]);
  });

  it('leaves a question to a person, where it may not [WRK-4, TOL-7]', async () => {
    const { owner, host, store, calls } = scene(undefined, 'non_idempotent');
    const goal = await owner.submit(PLAN);
    await takeAway(store);
    host();
    const [asked] = await goal.pending();
    expect(calls).toEqual([]);
    await goal.decide(asked!.id, true, undefined, { kind: 'repeat' });
    expect((await goal.end()).goal.state).toBe('COMPLETED');
    expect(calls).toHaveLength(1);
  });

  it('brings its result too late when it comes back [WRK-4]', async () => {
    const { owner, host, store } = scene();
    const goal = await owner.submit(PLAN);
    const [taken] = await until(async () => {
      const found = await store.dispatches.take({ workerId: 'slow', needs: ['web_operations'], limit: 1, leaseMs: 50 });
      return found.length === 1 && found;
    });
    host();
    await goal.end();
    const outcome = { ok: true as const, output: { late: true }, outputBytes: 1, files: [] };
    expect(await store.dispatches.finish(taken!.lease, { kind: 'ran', outcome })).toBe('late');
    expect((await goal.read()).tasks[0]?.output).not.toEqual({ late: true });
  });
});

describe('an owner that is busy', () => {
  it('hands tasks that wait in its line to a worker that has room [WRK-2]', async () => {
    const store = new InMemoryGoalStore(systemClock);
    const tools: Record<string, TestTool> = {
      nap: { run: async () => (await new Promise((resolve) => setTimeout(resolve, 400)), ok({})) },
    };
    const helper = hostOver(store, { tools });
    stops.push(() => helper.host.stop(0));
    const busy = setUp({ tools, slots: 1, workers: [helper.info] }, store);
    const goal = await busy.submit({ tasks: ['a', 'b', 'c'].map((id) => ({ id, tool: 'nap' })) });
    const { goal: end, tasks } = await goal.end();
    expect(end.state).toBe('COMPLETED');
    expect(new Set(tasks.map(({ workerId }) => workerId))).toEqual(new Set([busy.workerId, helper.workerId]));
  });
});
