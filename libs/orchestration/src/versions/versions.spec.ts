import { newId } from '#libs/kernel';
import { afterEach, describe, expect, it } from 'vitest';
import type { InMemoryGoalStore } from '../conformance/in-memory-goal-store.js';
import { until } from '../conformance/kit.js';
import { ACTOR, setUp, stopEngines } from '../conformance/scene.js';
import { MACHINE_VERSION } from '../machine/version.js';
import type { Plan } from '../plan/plan.js';
import type { GoalRecord, TaskRecord } from '../ports/goal.js';
import { UPCASTERS } from './upgrade.js';

afterEach(stopEngines);

const NEWER = MACHINE_VERSION + 1;
const PLAN: Plan = { tasks: [{ id: 'a', tool: 'echo' }] };
const TASK: TaskRecord = {
  id: newId(),
  key: 'a',
  position: 0,
  planVersion: 1,
  state: 'PENDING',
  attempts: 0,
  dependsOn: [],
  tool: 'echo',
  output: undefined,
  outputBytes: 0,
  error: null,
  workerId: null,
  startedAt: null,
  finishedAt: null,
  retryAt: null,
  approval: null,
};

/** A process of the newer machine stands up for a moment: it claims what is its own, and gives it back as this version's. */
async function asIfUnderstood(store: InMemoryGoalStore): Promise<void> {
  for (const leased of await store.claim({ workerId: 'newer', limit: 10, leaseMs: 60_000, machine: NEWER })) {
    await store.commit({
      lease: leased.lease,
      goal: { ...leased.goal, machine: MACHINE_VERSION },
      expectedSeq: leased.goal.lastSeq,
      plans: [],
      tasks: [],
      journal: [],
      events: [],
      artifacts: [],
      approvals: [],
      handledCommands: [],
      dispatches: [],
      endedDispatches: [],
      release: { wakeAt: leased.now },
    });
  }
}

describe('an engine among goals of other versions of the machine', () => {
  it('can take up what every older version has written [ORC-16]', () => {
    const older = Array.from({ length: MACHINE_VERSION - 1 }, (_, n) => String(n + 1));
    expect(Object.keys(UPCASTERS)).toEqual(older);
  });

  it('takes up a goal of an older one, and writes down that it did [ORC-16]', async () => {
    const { submit } = setUp();
    const goal = await submit(PLAN, { machine: 1 });
    const end = await goal.end();
    expect(end.goal).toMatchObject({ state: 'COMPLETED', machine: MACHINE_VERSION });
    const notes = end.journal.filter(({ type }) => type === 'goal.upgraded');
    expect(notes.map(({ data }) => data)).toEqual([{ from: 1, to: MACHINE_VERSION }]);
    const own = await (await submit(PLAN)).end();
    expect(own.journal.map(({ type }) => type)).not.toContain('goal.upgraded');
  });

  it('pauses what no process of a newer one takes, saying what to do, and lets that go on there [ORC-11, ORC-16]', async () => {
    const { submit, store } = setUp({ newerPatienceMs: 40 });
    const goal = await submit(PLAN, { machine: NEWER });
    const paused = await until(async () => {
      const { goal: found, journal } = await goal.read();
      return found.paused !== null && { found, journal };
    });
    expect(paused.found).toMatchObject({ state: 'RECEIVED', machine: NEWER, paused: { machine: NEWER } });
    expect(paused.found.paused?.reason).toMatch(/last carried by version \d+.*Start the newer version/);
    expect(paused.journal.at(-1)).toMatchObject({ type: 'goal.paused', reason: paused.found.paused?.reason });
    // Once is enough.
    await new Promise((resolve) => setTimeout(resolve, 120));
    expect((await goal.read()).journal).toHaveLength(paused.journal.length);

    await asIfUnderstood(store);
    const end = await goal.end();
    expect(end.goal).toMatchObject({ state: 'COMPLETED', paused: null });
    expect(end.journal.map(({ type }) => type)).toContain('goal.resumed');
  });

  it('keeps the pause that somebody had asked for [ORC-11]', async () => {
    const { submit, store } = setUp({ newerPatienceMs: 40 });
    const before = { since: 1, by: ACTOR, reason: 'lunch' };
    const goal = await submit(PLAN, { machine: NEWER, paused: before });
    await until(async () => (await goal.read()).goal.paused?.machine === NEWER);
    await asIfUnderstood(store);
    const back = await until(async () => {
      const { goal: found } = await goal.read();
      return found.machine === MACHINE_VERSION && found.paused?.machine === undefined && found;
    });
    expect(back.paused).toEqual(before);
    await goal.command('resume');
    expect((await goal.end()).goal.state).toBe('COMPLETED');
  });

  it.each([
    { parts: { goal: JSON.parse('{"state": "DREAMING"}') as Partial<GoalRecord> }, says: /the state "DREAMING"/ },
    { parts: { plan: JSON.parse('{"tasks": {"a": "echo"}}') as Plan }, says: /a plan without a list of tasks/ },
    {
      parts: { task: JSON.parse('{"state": "LENT"}') as Partial<TaskRecord> },
      says: /a task in the state "LENT"/,
    },
  ])('pauses a goal with something that it does not know, once: $says [ORC-2, ORC-16]', async ({ parts, says }) => {
    const { submit, reports, store } = setUp();
    const { task, plan = PLAN } = parts;
    const tasks = task ? [{ ...TASK, ...task }] : [];
    const goal = await submit(PLAN, parts.goal, { plan, tasks });
    const found = await until(async () => {
      const read = await goal.read();
      return read.goal.paused !== null && read;
    });
    expect(found.goal).toMatchObject({ machine: NEWER, paused: { reason: expect.stringMatching(says) } });
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect([(await goal.read()).journal.length, store.claimsOf(goal.id)]).toEqual([found.journal.length, 1]);
    expect(reports).toEqual([]);
  });
});
