import { systemClock } from '#libs/kernel';
import { afterEach, describe, expect, it } from 'vitest';
import { hostOver } from '../conformance/hosts.js';
import { InMemoryGoalStore } from '../conformance/in-memory-goal-store.js';
import { type TestTool, failed, ok, uncertain, until } from '../conformance/kit.js';
import { ACTOR, setUp, stopEngines } from '../conformance/scene.js';
import type { ToolCall, ToolOutcome } from '../ports/tools.js';

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all([stopEngines(), ...stops.splice(0).map((stop) => stop())]);
});

const PLAN = { tasks: [{ id: 'a', tool: 'work', arguments: { n: 1 }, check: { command: ['true'] } }] };
const UNKNOWN = 'work was done, and nobody knows what came of the command that checks its result.';

interface Options {
  readonly effect?: TestTool['effect'];
  readonly work?: TestTool['run'];
  readonly command?: TestTool['run'];
  /** Whether another worker has to run the command. */
  readonly elsewhere?: boolean;
}

/** A task whose result is checked by a command. */
function scene({ effect = 'idempotent', work = () => ok({ n: 1 }), command, elsewhere = false }: Options = {}) {
  const made: string[] = [];
  const seen = (name: string, run: TestTool['run']) => (call: ToolCall) => {
    made.push(name);
    return run(call);
  };
  const tools: Record<string, TestTool> = {
    work: { effect, run: seen('work', work) },
    run_command: {
      effect: 'non_idempotent',
      needs: elsewhere ? 'web_operations' : 'task_execution',
      run: seen('command', command ?? (() => ok({ exit_code: 0 }))),
    },
  };
  const store = new InMemoryGoalStore(systemClock);
  const host = () => {
    const { host: worker } = hostOver(store, { tools, needs: ['web_operations'] });
    stops.push(() => worker.stop(0));
    return worker;
  };
  return { made, host, ...setUp({ tools, capabilities: ['goal_execution', 'task_execution'] }, store) };
}

const onAbort = (outcome: ToolOutcome) => (call: ToolCall) =>
  new Promise<ToolOutcome>((resolve) => call.signal.addEventListener('abort', () => resolve(outcome)));

type Goal = Awaited<ReturnType<ReturnType<typeof scene>['submit']>>;

/** The command of the check has been handed over. */
const untilQueued = (goal: Goal) =>
  until(async () => (await goal.read()).journal.some(({ type }) => type === 'task.queued'));

/** A person finds that it is all as it should be. */
async function answer(goal: Goal): Promise<void> {
  const [asked] = await goal.pending();
  await goal.decide(asked!.id, true, ACTOR, { kind: 'took_effect' });
}

describe('a command that checks a result, of which nobody knows what came of it', () => {
  it('is asked about, with the result, instead of failing a task that was done [TOL-7, ORC-9]', async () => {
    let runs = 0;
    const command = () => (++runs === 1 ? uncertain('It was killed.') : ok({ exit_code: 0 }));
    const { submit, made } = scene({ command });
    const goal = await submit(PLAN, { onFailure: 'replan' });
    expect(await goal.pending()).toMatchObject([{ reason: UNKNOWN, uncertain: { output: { n: 1 } } }]);
    await answer(goal);
    expect((await goal.end()).goal).toMatchObject({ state: 'COMPLETED', replans: 0 });
    expect(made).toEqual(['work', 'command', 'command']);
  });

  it('since the worker that ran it died, is asked about [TOL-7, WRK-4]', async () => {
    const { submit, store, made } = scene({ elsewhere: true });
    const goal = await submit(PLAN);
    const taken = { workerId: 'gone', needs: ['web_operations'] as const, limit: 1, leaseMs: 20 };
    await until(async () => (await store.dispatches.take(taken)).length === 1);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await store.dispatches.endLost();
    expect(await goal.pending()).toMatchObject([{ reason: UNKNOWN }]);
    expect(made).toEqual(['work']);
  });

  it('since the worker that ran it left, is asked about [TOL-7, WRK-4]', async () => {
    const { submit, host, made } = scene({ elsewhere: true, command: onAbort(uncertain('It was stopped.')) });
    const worker = host();
    const goal = await submit(PLAN);
    await until(async () => made.includes('command'));
    await worker.stop(10);
    expect(await goal.pending()).toMatchObject([{ reason: UNKNOWN }]);
    expect((await goal.read()).tasks[0]).toMatchObject({ state: 'AWAITING_APPROVAL', error: null });
  });

  it('is written down where the goal is cancelled meanwhile [TOL-7, ORC-11]', async () => {
    const { submit, made } = scene({ command: onAbort(uncertain('It was stopped.')) });
    const goal = await submit(PLAN);
    await until(async () => made.includes('command'));
    await goal.command('cancel');
    const { tasks, approvals } = await goal.end();
    expect(tasks[0]).toMatchObject({ state: 'CANCELLED', error: { code: 'outcome_uncertain', detail: UNKNOWN } });
    expect(approvals).toEqual([]);
  });
});

describe('a command that checks a result, and that has done nothing', () => {
  it('asks nobody where it was not begun before a pause: the task is put back [TOL-7, ORC-11]', async () => {
    const { submit, host, made } = scene({ elsewhere: true });
    const goal = await submit(PLAN);
    await untilQueued(goal);
    await goal.command('pause');
    await until(async () => (await goal.read()).tasks[0]?.state === 'READY');
    expect((await goal.read()).approvals).toEqual([]);
    expect(made).toEqual(['work']);
    host();
    await goal.command('resume');
    const { goal: end, tasks, approvals } = await goal.end();
    expect([end.state, tasks[0]?.attempts, approvals]).toEqual(['COMPLETED', 1, []]);
    expect(made).toEqual(['work', 'work', 'command']);
  });

  it('leads to a question where the call must not be made twice, which says what is so [TOL-7, ORC-11]', async () => {
    const { submit, host, made } = scene({ elsewhere: true, effect: 'non_idempotent' });
    const goal = await submit(PLAN);
    await untilQueued(goal);
    await goal.command('pause');
    const reason = 'work was done, and its result has not been checked.';
    expect(await goal.pending()).toMatchObject([{ reason, uncertain: { output: { n: 1 } } }]);
    host();
    await goal.command('resume');
    await answer(goal);
    expect((await goal.end()).goal.state).toBe('COMPLETED');
    expect(made).toEqual(['work', 'command']);
  });

  it('keeps what a person said of the call, and is begun when the goal goes on [TOL-7, ORC-11]', async () => {
    const { submit, host, made } = scene({ elsewhere: true, effect: 'non_idempotent', work: () => uncertain('Cut.') });
    const goal = await submit(PLAN);
    await answer(goal);
    await untilQueued(goal);
    await goal.command('pause');
    await until(async () => (await goal.read()).tasks[0]?.state === 'READY');
    host();
    await goal.command('resume');
    const { goal: end, tasks, approvals } = await goal.end();
    expect([end.state, tasks[0]?.attempts, approvals.length]).toEqual(['COMPLETED', 1, 1]);
    expect(made).toEqual(['work', 'command']);
  });

  it.each([
    ['was not begun', 'work'],
    ['was stopped before it touched anything', 'command'],
  ])('asks nobody under a kill switch where it %s [TOL-7, SAF-7]', async (_, during) => {
    let isOver = false;
    const stopped = onAbort(failed('It was stopped.', false));
    const { submit, store, made } = scene({
      work: ({ tenantId }) => {
        if (during === 'work' && !isOver) store.engage(tenantId, { scope: 'tenant', by: ACTOR, reason: null });
        return ok({ n: 1 });
      },
      command: (call) => (isOver ? ok({ exit_code: 0 }) : stopped(call)),
    });
    const goal = await submit(PLAN);
    if (during === 'command') {
      await until(async () => made.includes('command'));
      store.engage(goal.tenantId, { scope: 'tenant', by: ACTOR, reason: null });
    }
    await until(async () => (await goal.read()).tasks[0]?.state === 'READY');
    isOver = true;
    store.lift(goal.tenantId);
    const { goal: end, tasks, approvals } = await goal.end();
    expect([end.state, tasks[0]?.attempts, approvals]).toEqual(['COMPLETED', 1, []]);
  });
});
