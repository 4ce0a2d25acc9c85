import { afterEach, describe, expect, it } from 'vitest';
import { engineOver, failed, ok, until } from '../conformance/kit.js';
import { ACTOR, adoptEngine, setUp, stopEngines } from '../conformance/scene.js';

afterEach(stopEngines);

function states(journal: readonly { readonly to: string | null }[]): string[] {
  return journal.flatMap(({ to }) => to ?? []);
}

describe('the engine', () => {
  it('carries a plan from RECEIVED to COMPLETED through every state [ORC-2]', async () => {
    const { submit } = setUp();
    const goal = await submit({
      tasks: [
        { id: 'a', tool: 'echo', arguments: { n: 1 } },
        { id: 'b', tool: 'echo', arguments: { n: 2 } },
        { id: 'c', tool: 'echo', arguments: { sum: [{ $ref: 'a.output.n' }, { $ref: 'b.output.n' }] } },
      ],
    });
    const { goal: end, journal, tasks } = await goal.end();
    expect(states(journal)).toEqual([
      'RECEIVED',
      'INTENT_ANALYSIS',
      'TASK_DECOMPOSITION',
      'AGENT_ASSIGNMENT',
      'PARALLEL_EXECUTING',
      'VERIFYING',
      'WRITING_MEMORY',
      'REFLECTING',
      'COMPLETED',
    ]);
    expect(end.result).toEqual({ outputs: { c: { sum: [1, 2] } } });
    expect(tasks.map((task) => task.state)).toEqual(['SUCCEEDED', 'SUCCEEDED', 'SUCCEEDED']);
    expect(journal.filter((entry) => entry.type === 'task.completed')).toHaveLength(3);
    expect(journal.map((entry) => entry.seq)).toEqual(journal.map((_, n) => n + 1));
  });

  it('runs a chain in EXECUTING, one after another, and never starts a task before its dependency ended [ORC-6]', async () => {
    const { submit } = setUp();
    const goal = await submit({
      tasks: [
        { id: 'a', tool: 'echo' },
        { id: 'b', tool: 'echo', depends_on: ['a'] },
      ],
    });
    const { journal, tasks } = await goal.end();
    expect(states(journal)).toContain('EXECUTING');
    const [a, b] = tasks;
    expect(b!.startedAt!).toBeGreaterThanOrEqual(a!.finishedAt!);
  });

  it('runs at most as many tasks of a goal at once as the limit allows [ORC-6]', async () => {
    let running = 0;
    let most = 0;
    const slow = {
      run: async () => {
        most = Math.max(most, ++running);
        await new Promise((resolve) => setTimeout(resolve, 5));
        running -= 1;
        return ok({});
      },
    };
    const { submit } = setUp({ tools: { slow }, limits: { goalConcurrency: 3 } });
    const goal = await submit({ tasks: Array.from({ length: 12 }, (_, n) => ({ id: `t${n}`, tool: 'slow' })) });
    expect((await goal.end()).goal.state).toBe('COMPLETED');
    expect(most).toBe(3);
  });

  it('retries what may be retried, then succeeds, and counts the attempts [ORC-8]', async () => {
    let calls = 0;
    const { submit } = setUp({
      tools: { flaky: { run: () => (++calls < 3 ? failed('not yet', true) : ok({ calls })) } },
    });
    const goal = await submit({ tasks: [{ id: 'a', tool: 'flaky' }] });
    const { goal: end, journal, tasks } = await goal.end();
    expect(end.state).toBe('COMPLETED');
    expect(tasks[0]).toMatchObject({ state: 'SUCCEEDED', attempts: 3 });
    expect(journal.filter((entry) => entry.type === 'task.retried')).toHaveLength(2);
    expect(journal.filter((entry) => entry.type === 'task.completed')).toHaveLength(1);
  });

  it('fails with task_failed when the attempts are used up, and skips what waited for it [ORC-8]', async () => {
    let calls = 0;
    const { submit } = setUp({ tools: { broken: { run: () => failed(`no ${++calls}`, true) } } });
    const goal = await submit({
      tasks: [
        { id: 'a', tool: 'broken', retry: { max_attempts: 2 } },
        { id: 'b', tool: 'echo', depends_on: ['a'] },
      ],
    });
    const { goal: end, tasks } = await goal.end();
    expect(end).toMatchObject({ state: 'FAILED', error: { code: 'task_failed' } });
    expect(end.error?.detail).toContain('no 2');
    expect(tasks.map((task) => task.state)).toEqual(['FAILED', 'SKIPPED']);
    expect(calls).toBe(2);
  });

  it('does not retry what no attempt mends [ORC-8]', async () => {
    let calls = 0;
    const { submit } = setUp({ tools: { broken: { run: () => failed(`no ${++calls}`, false) } } });
    await (await submit({ tasks: [{ id: 'a', tool: 'broken' }] })).end();
    expect(calls).toBe(1);
  });

  it('replans up to three times where the plan asks for it, keeping what succeeded [ORC-8]', async () => {
    let fine = 0;
    let broken = 0;
    const tools = {
      fine: { run: () => ok({ n: ++fine }) },
      broken: { run: () => (++broken < 3 ? failed('no', false) : ok({})) },
    };
    const { submit } = setUp({ tools });
    const goal = await submit(
      {
        tasks: [
          { id: 'a', tool: 'fine' },
          { id: 'b', tool: 'broken', depends_on: ['a'] },
        ],
      },
      { onFailure: 'replan' },
    );
    const { goal: end, planVersions } = await goal.end();
    expect(planVersions).toEqual([1, 2, 3]);
    expect(end).toMatchObject({ state: 'COMPLETED', replans: 2, planVersion: 3 });
    expect(fine).toBe(1);
  });

  it('stops at the third replan [ORC-8]', async () => {
    let calls = 0;
    const { submit } = setUp({ tools: { broken: { run: () => failed(`no ${++calls}`, false) } } });
    const goal = await submit({ tasks: [{ id: 'a', tool: 'broken' }] }, { onFailure: 'replan' });
    const { goal: end } = await goal.end();
    expect(end).toMatchObject({ state: 'FAILED', replans: 3, error: { code: 'task_failed' } });
    expect(calls).toBe(4);
  });

  it('evaluates a declared check and starts nothing that builds on a bad result [ORC-9]', async () => {
    let built = 0;
    const { submit } = setUp({ tools: { build: { run: () => ok({ built: ++built }) } } });
    const goal = await submit({
      tasks: [
        { id: 'a', tool: 'echo', arguments: { rows: 1 }, check: { schema: { required: ['total'] } } },
        { id: 'b', tool: 'build', depends_on: ['a'] },
      ],
    });
    const { goal: end, journal } = await goal.end();
    expect(end).toMatchObject({ state: 'FAILED', error: { code: 'check_failed' } });
    expect(end.error?.detail).toContain('output.total');
    expect(states(journal).slice(-2)).toEqual(['VERIFYING', 'FAILED']);
    expect(built).toBe(0);
  });

  it('fails a task whose reference leads nowhere with ref_missing [ORC-6]', async () => {
    const { submit } = setUp();
    const goal = await submit({
      tasks: [
        { id: 'a', tool: 'echo', arguments: { n: 1 } },
        { id: 'b', tool: 'echo', arguments: { m: { $ref: 'a.output.m' } } },
      ],
    });
    const { tasks } = await goal.end();
    expect(tasks[1]).toMatchObject({ state: 'FAILED', attempts: 1, error: { code: 'ref_missing' } });
  });

  it('pauses without starting anything new, and goes on where it was [ORC-11]', async () => {
    let release: () => void = () => undefined;
    const started = new Promise<void>((resolve) => {
      release = resolve;
    });
    const slow = {
      run: () => new Promise<ReturnType<typeof ok>>((resolve) => (release(), setTimeout(() => resolve(ok({})), 50))),
    };
    const { submit, engine } = setUp({ tools: { slow } });
    const goal = await submit({
      tasks: [
        { id: 'a', tool: 'slow' },
        { id: 'b', tool: 'echo', depends_on: ['a'] },
      ],
    });
    await started;
    await goal.command('pause');
    await until(async () => (await goal.read()).goal.paused !== null && engine.size === 0);
    const paused = await goal.read();
    expect(paused.tasks.map((task) => task.state)).toEqual(['SUCCEEDED', 'READY']);
    expect(paused.goal.paused).toMatchObject({ by: ACTOR, reason: 'because' });
    await goal.command('resume');
    const { goal: end, journal } = await goal.end();
    expect(end).toMatchObject({ state: 'COMPLETED', paused: null });
    expect(journal.map((entry) => entry.type)).toEqual(expect.arrayContaining(['goal.paused', 'goal.resumed']));
  });

  it('cancels running tools by their signal and says who [ORC-11]', async () => {
    const endless = {
      run: (call: { signal: AbortSignal }) =>
        new Promise<ReturnType<typeof failed>>((resolve) =>
          call.signal.addEventListener('abort', () => resolve(failed('stopped', false))),
        ),
    };
    const { submit } = setUp({ tools: { endless } });
    const goal = await submit({ tasks: [{ id: 'a', tool: 'endless' }] });
    await until(async () => (await goal.read()).tasks[0]?.state === 'RUNNING');
    await goal.command('cancel');
    const { goal: end, tasks, journal } = await goal.end();
    expect(end.state).toBe('CANCELLED');
    expect(tasks[0]?.state).toBe('CANCELLED');
    expect(journal.at(-1)).toMatchObject({ to: 'CANCELLED', actor: ACTOR, reason: 'because' });
  });

  it('keeps a cancel until the goal has ended, so that a crash in between does not lose it [ORC-3, ORC-16]', async () => {
    let stop: () => void = () => undefined;
    const stubborn = {
      run: () => new Promise<ReturnType<typeof ok>>((resolve) => (stop = () => resolve(ok({})))),
    };
    const { submit, store, deps } = setUp({ tools: { stubborn } });
    const goal = await submit({ tasks: [{ id: 'a', tool: 'stubborn' }] });
    await until(async () => (await goal.read()).tasks[0]?.state === 'RUNNING');
    await goal.command('cancel');
    // Something else is stored meanwhile, as a tick does.
    await goal.command('pause');
    await until(async () => (await goal.read()).goal.paused !== null);
    const lease = { tenantId: (await goal.read()).goal.tenantId, goalId: goal.id, token: 1 };
    expect((await store.commandsFor([lease])).map(({ kind }) => kind)).toEqual(['cancel']);
    stop();
    expect((await goal.end()).goal.state).toBe('CANCELLED');
    expect(await deps.store.commandsFor([lease])).toEqual([]);
  });

  it('waits at RECEIVED for its start, and can be cancelled there [ORC-14]', async () => {
    const { submit } = setUp();
    const one = await submit({ tasks: [{ id: 'a', tool: 'echo' }] }, { held: true });
    const two = await submit({ tasks: [{ id: 'a', tool: 'echo' }] }, { held: true });
    await one.command('start');
    await two.command('cancel');
    expect((await one.end()).goal.state).toBe('COMPLETED');
    expect((await two.end()).goal.state).toBe('CANCELLED');
  });

  it('fails at the deadline, also while it is paused [ORC-2]', async () => {
    const { submit } = setUp();
    const goal = await submit({ tasks: [{ id: 'a', tool: 'echo' }] }, { held: true, deadline: Date.now() + 300 });
    await goal.command('pause');
    await until(async () => (await goal.read()).goal.paused !== null);
    const { goal: end } = await goal.end();
    expect(end).toMatchObject({ state: 'FAILED', error: { code: 'deadline_exceeded' }, paused: null });
  });

  it('fails at once, without retry or replan, on what the gate refuses [SAF-1, SAF-5]', async () => {
    let calls = 0;
    const { submit } = setUp({ tools: { file: { run: () => ok({ n: ++calls }) } } });
    const goal = await submit(
      {
        tasks: [
          { id: 'p', tool: 'echo', arguments: { place: '../out' } },
          // What comes by reference is not known when the plan is checked.
          { id: 'a', tool: 'file', arguments: { path: { $ref: 'p.output.place' } } },
        ],
      },
      { onFailure: 'replan' },
    );
    const { goal: end, events } = await goal.end();
    expect(end).toMatchObject({ state: 'FAILED', replans: 0, error: { code: 'path_outside_workspace' } });
    expect(calls).toBe(0);
    expect(events.map((event) => event.type)).toEqual(['goal.created', 'safety.violation', 'goal.failed']);
  });

  it('looks at the submitter’s rights before each call, and tells of a violation [SAF-1, SAF-5]', async () => {
    let allowed = true;
    const { submit } = setUp({ tools: { last: { run: () => ((allowed = false), ok({})) } }, allowed: () => allowed });
    const goal = await submit({
      tasks: [
        { id: 'a', tool: 'last' },
        { id: 'b', tool: 'echo', depends_on: ['a'] },
      ],
    });
    const { goal: end, events } = await goal.end();
    expect(end.error?.code).toBe('permission_lost');
    expect(events.map((event) => event.type)).toContain('safety.violation');
  });

  it('ends a goal whose result cannot be stored instead of trying for ever [ORC-16]', async () => {
    const { submit, reports } = setUp({ tools: { nul: { run: () => ok({ text: 'a\0b' }) } } });
    const { goal: end, tasks } = await (await submit({ tasks: [{ id: 'a', tool: 'nul' }] })).end();
    expect(end).toMatchObject({ state: 'FAILED', error: { code: 'internal_error' } });
    expect(tasks[0]).toMatchObject({ state: 'FAILED', output: undefined });
    expect(reports).toHaveLength(1);
  });

  it('hands its goals back when it stops, and another goes on [ORC-16]', async () => {
    const calls: string[] = [];
    const slow = {
      run: async (call: { taskId: string }) => {
        calls.push(call.taskId);
        await new Promise((resolve) => setTimeout(resolve, 30));
        return ok({});
      },
    };
    const { submit, engine, store } = setUp({ tools: { slow } });
    const chain = Array.from({ length: 4 }, (_, n) => ({
      id: `t${n}`,
      tool: 'slow',
      depends_on: n === 0 ? [] : [`t${n - 1}`],
    }));
    const goal = await submit({ tasks: chain });
    await until(async () => calls.length === 2);
    await engine.stop(1_000);
    expect((await goal.read()).tasks.map((task) => task.state)).toEqual(['SUCCEEDED', 'SUCCEEDED', 'READY', 'PENDING']);
    const second = engineOver(store, { tools: { slow } });
    adoptEngine(second.engine);
    second.engine.start();
    expect((await goal.end()).goal.state).toBe('COMPLETED');
    expect(new Set(calls).size).toBe(4);
    expect(calls).toHaveLength(4);
  });
});
