import { systemClock } from '#libs/kernel';
import { afterEach, describe, expect, it } from 'vitest';
import { InMemoryGoalStore } from '../conformance/in-memory-goal-store.js';
import { type KitOptions, ok, type TestTool, uncertain, until } from '../conformance/kit.js';
import { ACTOR, setUp, stopEngines } from '../conformance/scene.js';

afterEach(stopEngines);

/** A tool that waits for a person, and what it was called with. */
function withShip(options: KitOptions = {}) {
  const shipped: unknown[] = [];
  const store = new InMemoryGoalStore(systemClock);
  const scene = setUp(
    {
      ...options,
      tools: {
        ship: {
          action: 'deploy',
          effect: 'non_idempotent',
          run: ({ arguments: given }) => {
            shipped.push(given);
            return ok({ done: true });
          },
        },
        run_command: {
          action: 'code',
          risk: 'HIGH',
          effect: 'non_idempotent',
          run: () => ok({ exit_code: 0, stdout: '', stderr: '' }),
        },
        ...options.tools,
      },
    },
    store,
  );
  return { ...scene, store, shipped };
}

const PLAN = {
  tasks: [
    { id: 'before', tool: 'echo', arguments: { version: 7 } },
    { id: 'ship', tool: 'ship', arguments: { version: { $ref: 'before.output.version' }, password: 'hunter2' } },
    { id: 'after', tool: 'echo', depends_on: ['ship'] },
    { id: 'beside', tool: 'echo' },
  ],
};

describe('a task that needs an approval', () => {
  it('waits with the resolved arguments while the rest goes on, holds no lease, and runs once it is given [SAF-3]', async () => {
    const { submit, shipped, engine } = withShip();
    const goal = await submit(PLAN);
    const [asked] = await goal.pending();
    expect(asked).toMatchObject({ tool: 'ship', action: 'deploy', arguments: { version: 7, password: '***' } });
    await until(async () => engine.size === 0);
    const waiting = await goal.read();
    expect(waiting.goal).toMatchObject({ state: 'PARALLEL_EXECUTING', progress: { succeeded: 2, waiting: 2 } });
    expect(waiting.tasks.find(({ key }) => key === 'ship')).toMatchObject({ state: 'AWAITING_APPROVAL', attempts: 0 });
    expect(shipped).toEqual([]);

    await goal.decide(asked!.id, true);
    const end = await goal.end();
    expect(end.goal.state).toBe('COMPLETED');
    expect(shipped).toEqual([{ version: 7, password: 'hunter2' }]);
    expect(end.journal.filter(({ type }) => type.startsWith('approval')).map(({ type }) => type)).toEqual([
      'approval.required',
      'approval.granted',
    ]);
    const done = end.journal.find(({ type, data }) => type === 'task.completed' && data?.['key'] === 'ship');
    expect(done?.data).toMatchObject({ call: { approval_id: expect.stringMatching(/^appr_/), approved_by: ACTOR } });
  });

  it('fails with approval_refused when it is refused, without another attempt [SAF-3]', async () => {
    const { submit, shipped } = withShip();
    const goal = await submit(PLAN);
    const [asked] = await goal.pending();
    await goal.decide(asked!.id, false);
    const end = await goal.end();
    expect(end.goal).toMatchObject({ state: 'FAILED', error: { code: 'approval_refused' } });
    expect(end.goal.error?.detail).toContain('because');
    expect(end.tasks.find(({ key }) => key === 'ship')).toMatchObject({
      state: 'FAILED',
      error: { code: 'approval_refused' },
    });
    expect(end.tasks.find(({ key }) => key === 'after')).toMatchObject({ state: 'SKIPPED' });
    expect(shipped).toEqual([]);
  });

  it('asks again after a replan, where the goal may replan [SAF-3, ORC-8]', async () => {
    const { submit } = withShip();
    const goal = await submit(PLAN, { onFailure: 'replan' });
    const [first] = await goal.pending();
    await goal.decide(first!.id, false);
    const second = await until(async () => (await goal.read()).approvals.find(({ id }) => id !== first!.id));
    await goal.decide(second.id, true);
    expect((await goal.end()).goal).toMatchObject({ state: 'COMPLETED', replans: 1 });
  });

  it('expires: refused, and whatever comes later changes nothing [SAF-3]', async () => {
    const { submit, shipped } = withShip({ limits: { approvalMs: 30 } });
    const goal = await submit(PLAN);
    const [asked] = await goal.pending();
    const end = await goal.end();
    expect(end.goal).toMatchObject({ state: 'FAILED', error: { code: 'approval_refused' } });
    expect(end.approvals).toMatchObject([{ state: 'expired' }]);
    await goal.decide(asked!.id, true);
    await goal.heard();
    expect((await goal.read()).goal).toMatchObject({ state: 'FAILED', error: { code: 'approval_refused' } });
    expect(shipped).toEqual([]);
  });

  it('expires while nothing runs, and is refused at the next start [SAF-3]', async () => {
    const first = withShip({ limits: { approvalMs: 200 } });
    const goal = await first.submit(PLAN);
    await goal.pending();
    await until(async () => first.engine.size === 0);
    await first.engine.stop(0);
    await new Promise((resolve) => setTimeout(resolve, 300));
    setUp({ tools: { ship: { action: 'deploy', run: () => ok({}) } } }, first.store).engine.start();
    expect((await goal.end()).goal).toMatchObject({ state: 'FAILED', error: { code: 'approval_refused' } });
  });

  it('expires at its time also while the goal is paused, and is looked at no more often than that [SAF-3]', async () => {
    const { submit, store } = withShip({ limits: { approvalMs: 300 } });
    const goal = await submit(PLAN);
    await goal.pending();
    await goal.command('pause');
    await until(async () => (await goal.read()).approvals.every(({ state }) => state === 'expired'));
    expect((await goal.read()).tasks.find(({ key }) => key === 'ship')).toMatchObject({ state: 'FAILED' });
    const claims = store.claimsOf(goal.id);
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(store.claimsOf(goal.id) - claims).toBeLessThan(2);
    await goal.command('resume');
    expect((await goal.end()).goal).toMatchObject({ state: 'FAILED', error: { code: 'approval_refused' } });
  });

  it('that is refused while the goal is being given back is not overheard [SAF-3]', async () => {
    const { submit, store } = withShip({ tools: { slowly: { run: () => ok({}) } } });
    const goal = await submit({
      tasks: [
        { id: 'a', tool: 'ship', arguments: { n: 1 } },
        { id: 'b', tool: 'ship', arguments: { n: 2 } },
      ],
    });
    store.delayCommits(300);
    const [first] = await goal.pending(2);
    await goal.decide(first!.id, false);
    store.delayCommits(0);
    expect((await goal.end()).goal).toMatchObject({ state: 'FAILED', error: { code: 'approval_refused' } });
  });

  it('is void once another one is asked for, also one that was given [SAF-3]', async () => {
    const { submit } = withShip({ mayApprove: ({ id }) => id !== 'usr_gone' });
    const goal = await submit(PLAN);
    const [asked] = await goal.pending();
    await goal.decide(asked!.id, true, { ...ACTOR, id: 'usr_gone' });
    await until(async () => (await goal.read()).approvals.length === 2);
    expect((await goal.read()).approvals.find(({ id }) => id === asked!.id)).toMatchObject({ state: 'void' });
    await goal.command('cancel');
    await goal.end();
  });

  it('is not asked for what nobody could read: the task fails and says so [SAF-3]', async () => {
    const { submit } = withShip();
    const tasks = [{ id: 'a', tool: 'ship', arguments: { text: 'x'.repeat(300_000) } }];
    const end = await (await submit({ tasks })).end();
    expect(end.tasks[0]).toMatchObject({ error: { code: 'invalid_arguments' } });
    expect(end.approvals).toEqual([]);
  });

  it('is honoured once however often it is clicked, and in any order [SAF-3]', async () => {
    const { submit, shipped } = withShip();
    const ship = (id: string) => ({ id, tool: 'ship', arguments: { id } });
    const goal = await submit({ tasks: [ship('a'), ship('b'), ship('c')] });
    const asked = await goal.pending(3);
    for (const { id } of asked.toReversed()) {
      await goal.decide(id, true);
      await goal.decide(id, true);
      await goal.decide(id, false);
    }
    const end = await goal.end();
    expect(end.goal.state).toBe('COMPLETED');
    expect(shipped).toHaveLength(3);
    expect(new Set(shipped.map((each) => JSON.stringify(each))).size).toBe(3);
  });

  it('is asked again when what would run is not what was approved [SAF-3]', async () => {
    const { submit, shipped } = withShip();
    const goal = await submit(PLAN);
    const [asked] = await goal.pending();
    // Somebody changes what it refers to behind the engine's back, between the question and the run.
    const before = (await goal.read()).tasks.find(({ key }) => key === 'before')!;
    Object.assign(before.output as object, { version: 8 });
    await goal.decide(asked!.id, true);
    const again = await until(async () => (await goal.read()).approvals.find(({ id }) => id !== asked!.id));
    expect(again).toMatchObject({ arguments: { version: 8 }, reason: expect.stringContaining('changed') });
    expect(shipped).toEqual([]);
    await goal.decide(again.id, true);
    expect((await goal.end()).goal.state).toBe('COMPLETED');
    expect(shipped).toMatchObject([{ version: 8 }]);
  });

  it('is asked again when whoever approved has lost the right since [SAF-3]', async () => {
    const lost = { ...ACTOR, id: 'usr_gone', name: 'Gone' };
    const { submit, shipped } = withShip({ mayApprove: ({ id }) => id !== lost.id });
    const goal = await submit(PLAN);
    const [asked] = await goal.pending();
    await goal.decide(asked!.id, true, lost);
    const again = await until(async () => (await goal.read()).approvals.find(({ id }) => id !== asked!.id));
    expect(again.reason).toContain('Gone');
    expect(shipped).toEqual([]);
    await goal.decide(again.id, true);
    expect((await goal.end()).goal.state).toBe('COMPLETED');
  });

  it('is void once the goal has ended otherwise [SAF-3]', async () => {
    const { submit, shipped } = withShip();
    const goal = await submit(PLAN);
    await goal.pending();
    await goal.command('cancel');
    const end = await goal.end();
    expect(end.goal.state).toBe('CANCELLED');
    expect(end.approvals).toMatchObject([{ state: 'void' }]);
    expect(shipped).toEqual([]);
  });

  it('may be decided while the goal is paused, and runs after the pause [SAF-3, ORC-11]', async () => {
    const { submit, shipped } = withShip();
    const goal = await submit(PLAN);
    const [asked] = await goal.pending();
    await goal.command('pause');
    await until(async () => (await goal.read()).goal.paused !== null);
    await goal.decide(asked!.id, true);
    await until(async () => (await goal.read()).tasks.some(({ key, state }) => key === 'ship' && state === 'READY'));
    expect(shipped).toEqual([]);
    await goal.command('resume');
    expect((await goal.end()).goal.state).toBe('COMPLETED');
    expect(shipped).toHaveLength(1);
  });

  it('covers the command that checks its result, and is asked for it alone, too [SAF-3, ORC-9]', async () => {
    const { submit } = withShip();
    const goal = await submit({ tasks: [{ id: 'a', tool: 'echo', check: { command: ['test', '-f', 'out'] } }] });
    const [asked] = await goal.pending();
    expect(asked).toMatchObject({ tool: 'echo', action: 'code', risk: 'HIGH', checkCommand: ['test', '-f', 'out'] });
    await goal.decide(asked!.id, true);
    expect((await goal.end()).goal.state).toBe('COMPLETED');
  });
});

describe('a declared check', () => {
  it('fails the task when its command ends with another code than 0 [ORC-9]', async () => {
    const run_command = { run: () => ok({ exit_code: 3, stdout: '', stderr: 'no such file' }) };
    const { submit } = withShip({ tools: { run_command } });
    const goal = await submit({ tasks: [{ id: 'a', tool: 'echo', check: { command: ['false'] } }] });
    const { goal: end } = await goal.end();
    expect(end).toMatchObject({ state: 'FAILED', error: { code: 'check_failed' } });
    expect(end.error?.detail).toContain('ended with 3: no such file');
  });

  it('that may not run is refused before anything of its task has, and before anybody is asked [SAF-1, SAF-5]', async () => {
    const rules = { allowedTools: ['ship', 'echo'], wasmCodeNeedsApproval: true };
    const { submit, shipped } = withShip({ standing: { rules } });
    const goal = await submit({ tasks: [{ id: 'a', tool: 'ship', check: { command: ['true'] } }] });
    const end = await goal.end();
    expect(end.goal).toMatchObject({ state: 'FAILED', error: { code: 'tool_not_allowed' } });
    expect(end.events.map(({ type }) => type)).toContain('safety.violation');
    expect([end.approvals, shipped]).toEqual([[], []]);
  });

  it('whose command was stopped is not run again blindly [ORC-9, TOL-7]', async () => {
    let runs = 0;
    const run_command: TestTool = {
      action: 'code',
      effect: 'non_idempotent',
      run: async ({ signal }) => {
        runs += 1;
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
        return uncertain('stopped');
      },
    };
    const { submit, store } = withShip({ tools: { run_command } });
    const goal = await submit({ tasks: [{ id: 'a', tool: 'echo', check: { command: ['make', 'test'] } }] });
    await goal.decide((await goal.pending())[0]!.id, true);
    await until(async () => runs === 1);
    const halt = { scope: 'goal', by: ACTOR, reason: null } as const;
    store.engage(goal.id, halt);
    const asked = await until(async () => (await goal.pending()).find((each) => each.uncertain));
    expect(asked).toMatchObject({ checkCommand: ['make', 'test'], action: 'code', uncertain: { output: {} } });
    store.lift(goal.id);
    await goal.decide(asked.id, false);
    expect((await goal.end()).goal).toMatchObject({ state: 'FAILED', error: { code: 'outcome_uncertain' } });
    expect(runs).toBe(1);
  });

  it('fails the task when its expression is not met [ORC-9]', async () => {
    const { submit } = withShip();
    const tasks = [{ id: 'a', tool: 'echo', arguments: { fine: 1 }, check: { expression: 'fine' } }];
    expect((await (await submit({ tasks })).end()).goal.state).toBe('COMPLETED');
    const bad = [{ id: 'a', tool: 'echo', arguments: {}, check: { expression: 'fine' } }];
    expect((await (await submit({ tasks: bad })).end()).goal).toMatchObject({ error: { code: 'check_failed' } });
  });
});
