import { systemClock } from '#libs/kernel';
import { afterEach, describe, expect, it } from 'vitest';
import { InMemoryGoalStore } from '../conformance/in-memory-goal-store.js';
import { type TestTool, ok, uncertain, until } from '../conformance/kit.js';
import { ACTOR, setUp, stopEngines } from '../conformance/scene.js';

afterEach(stopEngines);

const HALT = { scope: 'tenant', by: ACTOR, reason: 'fire drill' } as const;

/** A tool that runs until it is stopped, unless it may end. */
function slow(started: string[], mayEnd: () => boolean, effect: TestTool['effect'] = 'idempotent'): TestTool {
  return {
    effect: effect ?? 'idempotent',
    run: async ({ taskId, signal }) => {
      started.push(taskId);
      while (!signal.aborted && !mayEnd()) await new Promise((resolve) => setTimeout(resolve, 5));
      if (!signal.aborted) return ok({});
      return uncertain('stopped');
    },
  };
}

function inFanOut(effect?: TestTool['effect']) {
  const started: string[] = [];
  let mayEnd = false;
  const store = new InMemoryGoalStore(systemClock);
  const scene = setUp({ tools: { slow: slow(started, () => mayEnd, effect) }, limits: { goalConcurrency: 3 } }, store);
  const plan = { tasks: Array.from({ length: 10 }, (_, n) => ({ id: `t${n}`, tool: 'slow' })) };
  return { ...scene, store, plan, started, letEnd: () => (mayEnd = true) };
}

describe('a kill switch', () => {
  it('stops what runs in the middle of a fan-out, starts nothing new, and lets go on once it is lifted [SAF-7]', async () => {
    const { submit, store, plan, started, letEnd, engine } = inFanOut();
    const goal = await submit(plan);
    await until(async () => started.length === 3);
    store.engage(goal.tenantId, HALT);
    await until(async () => engine.size === 0);
    const halted = await goal.read();
    expect(halted.goal.state).toBe('PARALLEL_EXECUTING');
    expect(halted.tasks.every(({ state, attempts }) => state === 'READY' && attempts === 0)).toBe(true);
    expect(halted.journal.filter(({ type }) => type === 'goal.halted')).toMatchObject([
      { actor: ACTOR, reason: 'fire drill' },
    ]);
    expect(halted.events.map(({ type }) => type)).toContain('goal.halted');
    letEnd();
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(started).toHaveLength(3);
    expect((await goal.read()).goal.lastSeq).toBe(halted.goal.lastSeq);

    store.lift(goal.tenantId);
    expect((await goal.end()).goal.state).toBe('COMPLETED');
    expect(started).toHaveLength(13);
  });

  it('lets a goal be cancelled meanwhile [SAF-7, ORC-11]', async () => {
    const { submit, store, plan, started, engine } = inFanOut();
    const goal = await submit(plan);
    await until(async () => started.length === 3);
    store.engage(goal.id, { ...HALT, scope: 'goal' });
    await until(async () => engine.size === 0);
    await goal.command('cancel');
    expect((await goal.end()).goal.state).toBe('CANCELLED');
    expect(started).toHaveLength(3);
  });

  it('leaves other tenants alone, and starts no goal that comes later [SAF-7]', async () => {
    const { submit, store, started } = inFanOut();
    const echo = { tasks: [{ id: 'a', tool: 'echo' }] };
    const other = await submit(echo);
    const halted = crypto.randomUUID();
    store.engage(halted, HALT);
    const late = await submit(echo, { tenantId: halted });
    expect((await other.end()).goal.state).toBe('COMPLETED');
    expect((await (await submit(echo)).end()).goal.state).toBe('COMPLETED');
    expect((await late.read()).goal.state).toBe('RECEIVED');
    store.lift(halted);
    expect((await late.end()).goal.state).toBe('COMPLETED');
    expect(started).toEqual([]);
  });

  it('has a person asked at once where a stopped call must not be repeated blindly; the answer waits for its lifting [SAF-7, TOL-7]', async () => {
    const { submit, store, plan, started, letEnd, engine } = inFanOut('non_idempotent');
    const goal = await submit({ tasks: plan.tasks.slice(0, 1) });
    await until(async () => started.length === 1);
    store.engage(goal.tenantId, HALT);
    const [asked] = await goal.pending();
    expect(asked).toMatchObject({ reason: expect.stringContaining('stopped'), uncertain: { attempt: 1 } });
    await until(async () => engine.size === 0);
    await goal.decide(asked!.id, true, ACTOR, { kind: 'repeat' });
    await until(async () => (await goal.read()).tasks[0]?.state === 'READY');
    letEnd();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(started).toHaveLength(1);
    store.lift(goal.tenantId);
    expect(await goal.end()).toMatchObject({ goal: { state: 'COMPLETED' }, tasks: [{ attempts: 2 }] });
    expect(started).toHaveLength(2);
  });
});
