import { systemClock } from '#libs/kernel';
import { afterEach, describe, expect, it } from 'vitest';
import { InMemoryGoalStore } from '../conformance/in-memory-goal-store.js';
import { newGoal, ok, until } from '../conformance/kit.js';
import { ACTOR, setUp, stopEngines } from '../conformance/scene.js';
import { isFinal } from '../machine/states.js';
import type { ToolCall } from '../ports/tools.js';

afterEach(stopEngines);

const PLAN = { tasks: [{ id: 'a', tool: 'echo' }] };

/** An engine that has claimed what there was, and so knows that nobody waits. */
async function idle(...given: Parameters<typeof setUp>) {
  const kit = setUp(...given);
  const first = await kit.submit(PLAN);
  await first.end();
  await until(async () => kit.engine.size === 0);
  const submit = async (goal = newGoal(PLAN)) => {
    expect(await kit.engine.submit(goal)).toBe('stored');
    const { tenantId, id } = goal.goal;
    const read = async () => (await kit.store.read(tenantId, id))!;
    return { goal, id, read, end: () => until(async () => isFinal((await read()).goal.state) && (await read())) };
  };
  return { ...kit, submitHere: submit };
}

describe('a goal that is submitted to an engine', () => {
  it('is begun there without a claim where nobody waits [ORC-3]', async () => {
    const { submitHere, store, engine } = await idle();
    const goal = await submitHere();
    expect(engine.size).toBe(1);
    expect((await goal.end()).goal.state).toBe('COMPLETED');
    expect(store.claimsOf(goal.id)).toBe(1);
    expect(await engine.submit(goal.goal)).toBe('exists');
  });

  it('waits for its turn where others wait, and hears commands all the same [WRK-2, ORC-11]', async () => {
    const gates: (() => void)[] = [];
    const slow = {
      run: async () => {
        await new Promise<void>((resolve) => gates.push(resolve));
        return ok({});
      },
    };
    const { submitHere, store, engine } = await idle({ goals: 1, tools: { slow } });
    await submitHere(newGoal({ tasks: [{ id: 'a', tool: 'slow' }] }));
    await until(async () => gates.length === 1);
    const second = await submitHere();
    expect([engine.size, store.claimsOf(second.id)]).toEqual([1, 0]);
    const { tenantId } = second.goal.goal;
    const command = { id: crypto.randomUUID(), goalId: second.id, actor: ACTOR, reason: null };
    await store.command(tenantId, { ...command, kind: 'cancel' });
    expect((await second.end()).goal.state).toBe('CANCELLED');
    gates[0]!();
  });

  it('is not disturbed by an answer that comes when it has been claimed already [ORC-16]', async () => {
    const [answer, end] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    class Late extends InMemoryGoalStore {
      override async submitLeased(...request: Parameters<InMemoryGoalStore['submitLeased']>) {
        const leased = await super.submitLeased(...request);
        await answer.promise;
        return leased;
      }
    }
    let calls = 0;
    const slow = {
      run: async () => {
        calls += 1;
        await end.promise;
        return ok({});
      },
    };
    const { submitHere, store } = await idle({ tools: { slow }, leaseMs: 300, sweepMs: 20 }, new Late(systemClock));
    const submitted = submitHere(newGoal({ tasks: [{ id: 'a', tool: 'slow' }] }));
    await until(async () => calls === 1);
    answer.resolve();
    const goal = await submitted;
    await new Promise((resolve) => setTimeout(resolve, 20));
    end.resolve();
    expect((await goal.end()).goal.state).toBe('COMPLETED');
    expect([store.claimsOf(goal.id), calls]).toEqual([2, 1]);
  });

  it('is left alone under a kill switch until that is lifted [SAF-7]', async () => {
    const { submitHere, store } = await idle();
    const goal = newGoal(PLAN);
    store.engage(goal.goal.tenantId, { scope: 'tenant', by: ACTOR, reason: null });
    const { read, end } = await submitHere(goal);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect((await read()).goal.state).toBe('RECEIVED');
    store.lift(goal.goal.tenantId);
    expect((await end()).goal.state).toBe('COMPLETED');
  });

  it('goes to the next process where this one is about to stop [WRK-3]', async () => {
    const { submitHere, store, engine } = await idle();
    const stopped = engine.stop(0);
    const goal = await submitHere();
    await stopped;
    expect((await goal.read()).goal.state).toBe('RECEIVED');
    setUp({}, store);
    expect((await goal.end()).goal.state).toBe('COMPLETED');
  });
});

describe('a command that comes while its goal is about to be taken', () => {
  /** A store whose answers to `claim` and `submitLeased` wait, once they bring a goal. */
  function lateStore(answer: Promise<void>) {
    return new (class extends InMemoryGoalStore {
      isLate = false;
      override async claim(...request: Parameters<InMemoryGoalStore['claim']>) {
        const leased = await super.claim(...request);
        if (this.isLate && leased.length > 0) await answer;
        return leased;
      }
      override async submitLeased(...request: Parameters<InMemoryGoalStore['submitLeased']>) {
        const leased = await super.submitLeased(...request);
        if (this.isLate) await answer;
        return leased;
      }
    })(systemClock);
  }

  it.each(['store', 'engine'] as const)('is obeyed at once: submitted to the %s [ORC-11]', async (by) => {
    const answer = Promise.withResolvers<void>();
    const store = lateStore(answer.promise);
    const endless = {
      run: async ({ signal }: ToolCall) => {
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        return ok({});
      },
    };
    // Commands that no signal told of would be looked for after 20 s only.
    const { engine } = await idle({ tools: { endless }, leaseMs: 60_000 }, store);
    store.isLate = true;
    const submission = newGoal({ tasks: [{ id: 'a', tool: 'endless' }] });
    const { tenantId, id: goalId } = submission.goal;
    const submitted = by === 'engine' ? engine.submit(submission) : store.submit(submission);
    await until(async () => store.claimsOf(goalId) === 1);
    await store.command(tenantId, { id: crypto.randomUUID(), goalId, kind: 'cancel', actor: ACTOR, reason: null });
    answer.resolve();
    await submitted;
    await until(async () => (await store.read(tenantId, goalId))?.goal.state === 'CANCELLED');
  });
});
