import { newId, systemClock } from '#libs/kernel';
import { afterEach, describe, expect, it } from 'vitest';
import { InMemoryGoalStore } from '../conformance/in-memory-goal-store.js';
import { type KitOptions, engineOver, failed, newGoal, ok, until } from '../conformance/kit.js';
import { adoptEngine, setUp, stopEngines } from '../conformance/scene.js';
import { Engine } from '../engine/engine.js';
import { isFinal } from '../machine/states.js';
import { MIND_BY_RULES } from '../minds/rules.js';
import type { Plan } from '../plan/plan.js';
import type { ToolCall, ToolOutcome } from '../ports/tools.js';
import { replay } from './replay.js';

afterEach(stopEngines);

type Stored = NonNullable<Awaited<ReturnType<InMemoryGoalStore['read']>>>;

/** What replay and store must agree on. */
function expectSame(found: Stored): void {
  const { goal, tasks, journal, plans } = found;
  const replayed = replay(journal, plans);
  const { state, planVersion, replans, lastSeq: seq } = goal;
  expect(replayed).toMatchObject({ state, planVersion, replans, seq });
  expect(replayed.paused !== null).toBe(goal.paused !== null);
  const told = [...replayed.tasks, ...replayed.dropped];
  const line = (task: (typeof told)[number] | (typeof tasks)[number]) =>
    `${task.planVersion}/${task.key} ${task.state} ${task.attempts}`;
  expect(told.map(line).toSorted()).toEqual(tasks.map(line).toSorted());
}

/** Runs until it is stopped. */
const endless = {
  effect: 'idempotent' as const,
  run: ({ signal }: Pick<ToolCall, 'signal'>) =>
    new Promise<ToolOutcome>((resolve) => signal.addEventListener('abort', () => resolve(failed('stopped', false)))),
};

const CHAIN: Plan = {
  tasks: [
    { id: 'a', tool: 'echo' },
    { id: 'b', tool: 'echo', depends_on: ['a'] },
    { id: 'c', tool: 'flaky', depends_on: ['b'] },
    { id: 'd', tool: 'broken', depends_on: ['b'], retry: { max_attempts: 2 } },
    { id: 'e', tool: 'echo', depends_on: ['d'] },
  ],
};

function flaky() {
  const seen = new Map<string, number>();
  return {
    effect: 'idempotent' as const,
    run: ({ taskId }: ToolCall) => {
      const n = (seen.get(taskId) ?? 0) + 1;
      seen.set(taskId, n);
      return n === 1 ? failed('not yet', true) : ok({});
    },
  };
}

const tools = (): NonNullable<KitOptions['tools']> => ({
  flaky: flaky(),
  broken: { run: () => failed('never', true) },
  endless,
  ask: { effect: 'non_idempotent', action: 'delete', run: () => ok({}) },
});

describe('a journal of an engine', () => {
  it('replays to what is stored of a goal that completed, failed, or planned anew [ORC-12]', async () => {
    const { submit } = setUp({ tools: tools() });
    const completed = await submit({ tasks: CHAIN.tasks.slice(0, 3) });
    const broken = await submit(CHAIN);
    const replanned = await submit(CHAIN, { onFailure: 'replan' });
    for (const goal of [completed, broken, replanned]) expectSame(await goal.end());
    expect((await replanned.read()).goal.replans).toBe(3);
  });

  it('replays to what is stored of a goal that is paused, cancelled, or waits for a person [ORC-12]', async () => {
    const { submit } = setUp({ tools: tools() });
    const waiting = await submit({ tasks: [{ id: 'a', tool: 'ask' }, ...CHAIN.tasks.slice(0, 0)] });
    const [approval] = await waiting.pending();
    expectSame(await waiting.read());
    await waiting.command('pause');
    await waiting.heard();
    expectSame(await waiting.read());
    expect(replay((await waiting.read()).journal, []).paused).not.toBeNull();
    await waiting.decide(approval!.id, true);
    await waiting.command('resume');
    expectSame(await waiting.end());

    const stopped = await submit({
      tasks: [
        { id: 'a', tool: 'endless' },
        { id: 'b', tool: 'echo', depends_on: ['a'] },
      ],
    });
    await until(async () => (await stopped.read()).tasks[0]?.state === 'RUNNING');
    expectSame(await stopped.read());
    await stopped.command('cancel');
    expectSame(await stopped.end());
  });

  it('tells of an attempt that was put back for the next owner, and of its new start [ORC-12]', async () => {
    const { submit, engine, store } = setUp({ tools: tools() });
    const goal = await submit({ tasks: [{ id: 'a', tool: 'endless' }] });
    await until(async () => (await goal.read()).tasks[0]?.state === 'RUNNING');
    await engine.stop(0);
    expect((await goal.read()).tasks).toMatchObject([{ state: 'READY', attempts: 0 }]);
    expectSame(await goal.read());
    const next = engineOver(store, { tools: tools() });
    adoptEngine(next.engine);
    next.engine.start();
    await until(async () => (await goal.read()).tasks[0]?.state === 'RUNNING');
    expectSame(await goal.read());
  });

  it('tells of a halt before the call, and of the start after it [ORC-12]', async () => {
    const { submit, store } = setUp({ tools: tools() });
    const goal = await submit({ tasks: [{ id: 'a', tool: 'endless' }] });
    await until(async () => (await goal.read()).tasks[0]?.state === 'RUNNING');
    store.engage(goal.id, { scope: 'goal', by: { kind: 'user', id: 'usr_1', name: 'x' }, reason: null });
    await until(async () => (await goal.read()).journal.some(({ type }) => type === 'goal.halted'));
    expectSame(await goal.read());
    store.lift(goal.id);
    await until(async () => (await goal.read()).tasks[0]?.state === 'RUNNING');
    expectSame(await goal.read());
  });

  it('replays to what is stored of a goal whose changes the store refused [ORC-12]', async () => {
    const store = new InMemoryGoalStore(systemClock);
    const { submit } = setUp({ tools: { poison: { run: () => ok({ text: '\u0000' }) } } }, store);
    const goal = await submit({
      tasks: [
        { id: 'a', tool: 'echo' },
        { id: 'b', tool: 'poison', depends_on: ['a'] },
      ],
    });
    const found = await goal.end();
    expect(found.goal.error?.code).toBe('internal_error');
    expectSame(found);
  });

  it('tells over replans what was kept, dropped, added and changed [ORC-8, ORC-12]', async () => {
    const store = new InMemoryGoalStore(systemClock);
    const { deps } = engineOver(store, { tools: tools() });
    const second: Plan = {
      tasks: [
        { id: 'new', tool: 'echo' },
        { id: 'a', tool: 'echo' },
        { id: 'd', tool: 'flaky', depends_on: ['a', 'new'] },
      ],
    };
    const planner = { ...MIND_BY_RULES.planner, replan: async () => second };
    const engine = new Engine({ ...deps, mind: { ...MIND_BY_RULES, planner } }, store, {
      goals: 10,
      leaseMs: 10_000,
      sweepMs: 200,
    });
    adoptEngine(engine);
    engine.start();
    const goal = newGoal(CHAIN, { onFailure: 'replan' });
    await store.submit(goal);
    const { tenantId, id } = goal.goal;
    const found = await until(async () => {
      const read = (await store.read(tenantId, id))!;
      return isFinal(read.goal.state) && read;
    });
    expect(found.goal).toMatchObject({ state: 'COMPLETED', planVersion: 2 });
    expectSame(found);
    expect(found.journal.findLast(({ data }) => data?.['plan_version'] === 2)?.data?.['lineage']).toEqual({
      kept: { count: 1, keys: ['a'] },
      dropped: { count: 3, keys: ['b', 'c', 'e'] },
      added: { count: 1, keys: ['new'] },
      changed: { count: 1, keys: ['d'] },
    });
  });

  it('replays what a goal began with, when that was kept from another one [ORC-12]', async () => {
    const { submit } = setUp({ tools: tools() });
    const plan = { tasks: CHAIN.tasks.slice(0, 3) };
    const { goal, journal, ...rest } = newGoal(plan);
    const before = (await (await submit(plan)).end()).tasks.slice(0, 2);
    const made = await submit(plan, goal, {
      ...rest,
      goal,
      tasks: before.map((task) => ({ ...task, id: newId(), attempts: 3 })),
      journal: journal.map((row) => ({ ...row, data: { kept_tasks: { 3: '0-1' } } })),
    });
    const found = await made.end();
    expect(found.journal.filter(({ type }) => type === 'task.completed')).toHaveLength(1);
    expectSame(found);
  });
});
