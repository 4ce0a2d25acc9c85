import { newId, systemClock } from '#libs/kernel';
import { afterEach, describe, expect, it } from 'vitest';
import { InMemoryGoalStore } from '../conformance/in-memory-goal-store.js';
import { engineOver, failed, ok, uncertain, until } from '../conformance/kit.js';
import { ACTOR, adoptEngine, setUp, stopEngines } from '../conformance/scene.js';
import type { TaskRecord } from '../ports/goal.js';
import type { ToolCall, ToolOutcome } from '../ports/tools.js';

afterEach(stopEngines);

/** Runs until it is stopped. */
const endless = {
  run: ({ signal }: Pick<ToolCall, 'signal'>) =>
    new Promise<ToolOutcome>((resolve) => signal.addEventListener('abort', () => resolve(uncertain('stopped')))),
};

/** A call that must not be repeated, and counts how often it was made. */
function move() {
  const calls: string[] = [];
  return {
    calls,
    tool: {
      effect: 'non_idempotent' as const,
      run: (call: ToolCall) => {
        calls.push(call.taskId);
        return endless.run(call);
      },
    },
  };
}

const timeout: ToolOutcome = {
  ok: false,
  error: { code: 'tool_timeout', detail: 'too slow' },
  retryable: true,
  violation: false,
  uncertain: true,
};

describe('an engine that is told to stop something', () => {
  it('cancels, and keeps the deadline of, a goal whose task waits for a slot [ORC-11]', async () => {
    const { submit } = setUp({ slots: 1, tools: { endless } });
    const first = await submit({ tasks: [{ id: 'a', tool: 'endless' }] });
    await until(async () => (await first.read()).tasks[0]?.state === 'RUNNING');
    const cancelled = await submit({ tasks: [{ id: 'a', tool: 'echo' }] });
    const late = await submit({ tasks: [{ id: 'a', tool: 'echo' }] }, { deadline: Date.now() + 300 });
    await until(async () => (await cancelled.read()).tasks[0]?.state === 'READY');
    await cancelled.command('cancel');
    expect((await cancelled.end()).goal.state).toBe('CANCELLED');
    expect((await late.end()).goal.error?.code).toBe('deadline_exceeded');
  });

  it('cancels a queued goal although it has all the goals in hand that it may have [ORC-11]', async () => {
    const { submit } = setUp({ goals: 1, tools: { endless } });
    const first = await submit({ tasks: [{ id: 'a', tool: 'endless' }] });
    await until(async () => (await first.read()).tasks[0]?.state === 'RUNNING');
    const queued = await submit({ tasks: [{ id: 'a', tool: 'echo' }] });
    await queued.command('cancel');
    expect((await queued.end()).goal.state).toBe('CANCELLED');
    expect((await first.read()).goal.state).not.toBe('CANCELLED');
  });

  it('goes on at a resume although something still runs [ORC-11]', async () => {
    let calls = 0;
    const flaky = { run: () => (++calls === 1 ? failed('not yet', true) : ok({})) };
    const { submit } = setUp({ tools: { flaky, endless } });
    const goal = await submit({
      tasks: [
        { id: 'long', tool: 'endless' },
        { id: 'flaky', tool: 'flaky' },
      ],
    });
    await until(async () => calls === 1);
    await goal.command('pause');
    await until(async () => (await goal.read()).goal.paused !== null);
    await goal.command('resume');
    await until(async () => calls === 2);
  });

  it('does not begin an effect once a pause has come [ORC-11]', async () => {
    class SlowStore extends InMemoryGoalStore {
      readonly held = Promise.withResolvers<void>();
      readonly reached = Promise.withResolvers<void>();
      override async commit(change: Parameters<InMemoryGoalStore['commit']>[0]) {
        if (change.tasks.some((task) => task.state === 'RUNNING')) {
          this.reached.resolve();
          await this.held.promise;
        }
        return super.commit(change);
      }
    }
    const store = new SlowStore(systemClock);
    let calls = 0;
    const { submit, engine } = setUp(
      { tools: { write: { effect: 'idempotent', run: () => ok({ n: ++calls }) } } },
      store,
    );
    const goal = await submit({ tasks: [{ id: 'a', tool: 'write' }] });
    await store.reached.promise;
    await goal.command('pause');
    await new Promise((resolve) => setTimeout(resolve, 50));
    store.held.resolve();
    await until(async () => engine.size === 0);
    expect((await goal.read()).tasks[0]).toMatchObject({ state: 'READY', attempts: 0 });
    expect(calls).toBe(0);
    await goal.command('resume');
    expect((await goal.end()).goal.state).toBe('COMPLETED');
    expect(calls).toBe(1);
  });

  it('asks about a call that must not be repeated after a hand-over, and replans nothing meanwhile [TOL-7, ORC-16]', async () => {
    const { tool, calls } = move();
    const { submit, engine, store } = setUp({ tools: { move: tool } });
    const goal = await submit({ tasks: [{ id: 'a', tool: 'move' }] }, { onFailure: 'replan' });
    await until(async () => calls.length === 1);
    await engine.stop(0);
    const second = engineOver(store, { tools: { move: tool } });
    adoptEngine(second.engine);
    second.engine.start();
    const [asked] = await goal.pending();
    await until(async () => second.engine.size === 0);
    expect((await goal.read()).tasks[0]).toMatchObject({ state: 'AWAITING_APPROVAL', attempts: 1 });
    expect(calls).toHaveLength(1);
    await goal.decide(asked!.id, false);
    const { goal: end, tasks } = await goal.end();
    expect(end).toMatchObject({ state: 'FAILED', replans: 0, error: { code: 'outcome_uncertain' } });
    expect(tasks[0]).toMatchObject({ state: 'FAILED', error: { code: 'outcome_uncertain' } });
    expect(calls).toHaveLength(1);
  });

  it('asks about such a call after a time-out, whatever attempts it may have [TOL-7]', async () => {
    let calls = 0;
    const slow = { effect: 'non_idempotent' as const, run: () => ((calls += 1), timeout) };
    const { submit } = setUp({ tools: { slow } });
    const goal = await submit({ tasks: [{ id: 'a', tool: 'slow', retry: { max_attempts: 4 } }] });
    const [asked] = await goal.pending();
    expect(asked).toMatchObject({ reason: expect.stringContaining('too slow'), action: null });
    expect(calls).toBe(1);
    await goal.command('cancel');
    await goal.end();
    expect(calls).toBe(1);
  });

  it('ends a goal that stops every process which takes it up [ORC-16]', async () => {
    class Poisoned extends InMemoryGoalStore {
      override async claim(request: Parameters<InMemoryGoalStore['claim']>[0]) {
        return (await super.claim(request)).map((leased) => ({ ...leased, claims: 11 }));
      }
    }
    const { submit } = setUp({}, new Poisoned(systemClock));
    const { goal: end, tasks } = await (await submit({ tasks: [{ id: 'a', tool: 'echo' }] })).end();
    expect(end).toMatchObject({ state: 'FAILED', error: { code: 'interrupted' } });
    expect(tasks).toEqual([]);
  });

  it('ends a goal whose violation was stored before the goal was [SAF-5]', async () => {
    const violated: TaskRecord = {
      id: newId(),
      key: 'a',
      position: 0,
      planVersion: 1,
      state: 'FAILED',
      attempts: 1,
      dependsOn: [],
      tool: 'echo',
      output: undefined,
      outputBytes: 0,
      error: { code: 'path_outside_workspace', detail: 'it leads out' },
      workerId: null,
      startedAt: 1,
      finishedAt: 2,
      retryAt: null,
      approval: null,
    };
    const { submit } = setUp();
    const goal = await submit(
      { tasks: [{ id: 'a', tool: 'echo' }] },
      { state: 'EXECUTING', onFailure: 'replan' },
      { tasks: [violated] },
    );
    expect((await goal.end()).goal).toMatchObject({
      state: 'FAILED',
      replans: 0,
      error: { code: 'path_outside_workspace' },
    });
  });

  it('counts no task as waiting in a goal that has ended, and all of its plan before [ORC-13]', async () => {
    const { submit } = setUp();
    const goal = await submit({ tasks: ['a', 'b', 'c'].map((id) => ({ id, tool: 'echo' })) }, { held: true });
    await goal.command('pause');
    await until(async () => (await goal.read()).goal.paused !== null);
    expect((await goal.read()).goal.progress).toMatchObject({ total: 3, waiting: 3 });
    await goal.command('cancel');
    expect((await goal.end()).goal.progress).toMatchObject({ total: 3, waiting: 0 });
  });

  it('writes down who started a goal that waited [ORC-3]', async () => {
    const { submit } = setUp();
    const goal = await submit({ tasks: [{ id: 'a', tool: 'echo' }] }, { held: true });
    await goal.command('start');
    const started = (await goal.end()).journal.filter((entry) => entry.type === 'goal.started');
    expect(started).toMatchObject([{ actor: ACTOR, reason: 'because' }]);
  });

  it('tells of the task that met a defect, and ends its goal [ORC-16]', async () => {
    const defect = { run: () => Promise.reject(new Error('a defect')) };
    const { submit, reports } = setUp({ tools: { defect } });
    const { goal: end, tasks } = await (await submit({ tasks: [{ id: 'a', tool: 'defect' }] })).end();
    expect(end.error?.code).toBe('internal_error');
    expect(tasks[0]).toMatchObject({ state: 'FAILED', error: { code: 'internal_error' } });
    expect(reports).toHaveLength(1);
  });

  it('refuses outputs beyond what a goal may hold [ORC-13]', async () => {
    const big: ToolOutcome = { ok: true, output: {}, outputBytes: 40 * 1024 * 1024, files: [] };
    const { submit } = setUp({ tools: { big: { run: () => big } } });
    const goal = await submit({
      tasks: [
        { id: 'a', tool: 'big' },
        { id: 'b', tool: 'big', depends_on: ['a'] },
      ],
    });
    expect((await goal.end()).goal.error?.code).toBe('outputs_too_large');
  });
});
