import { newId } from '#libs/kernel';
import {
  type GoalState,
  MACHINE_VERSION,
  type TaskRecord,
  graphOf,
  isFinal,
  isParallel,
  replay,
} from '#libs/orchestration';
import { afterEach, describe, expect, it } from 'vitest';
import { InMemoryGoalStore } from '../../libs/orchestration/src/conformance/in-memory-goal-store.js';
import { engineOver, until } from '../../libs/orchestration/src/conformance/kit.js';
import { ACTOR, adoptEngine, stopEngines } from '../../libs/orchestration/src/conformance/scene.js';
import { reachable } from '../../libs/orchestration/src/conformance/transitions.js';
import type { History } from './history.js';
import { histories } from './read.js';
import { TOOLS } from './tools.js';

const ALL = histories();
const IN_FLIGHT = ALL.filter(({ history }) => !isFinal(history.goal.state));
const MAX_REPLANS = 3;

afterEach(stopEngines);

describe('a recorded history', () => {
  it('is there for every version of the machine, and for every state that a goal can be found in [ORC-16]', () => {
    const machines = new Set(ALL.map(({ history }) => history.machine));
    expect([...machines]).toEqual(Array.from({ length: MACHINE_VERSION }, (_, n) => n + 1));
    for (const machine of machines) {
      const found = IN_FLIGHT.filter(({ history }) => history.machine === machine);
      expect(new Set(found.map(({ history }) => history.goal.state)).size).toBe(10);
    }
  });

  it.each(ALL)('has transitions that the machine still makes: $title [ORC-2, ORC-16]', ({ history }) => {
    let state: GoalState = 'IDLE';
    let replans = 0;
    for (const { from, to } of history.journal) {
      if (from === null || to === null) continue;
      expect(from).toBe(state);
      const facts = { parallel: isParallelIn(history), mayReplan: mayReplan(history, replans) };
      expect(reachable(from, facts)).toContain(to);
      if (to === 'REPLANNING') replans += 1;
      state = to;
    }
    expect(state).toBe(history.goal.state);
  });

  it.each(ALL)('replays to what is stored: $title [ORC-12, ORC-16]', ({ history }) => {
    const { goal, tasks, journal, plans } = history;
    const replayed = replay(journal, plans);
    const { state, planVersion, replans, lastSeq } = goal;
    expect(replayed).toMatchObject({ state, planVersion, replans, seq: lastSeq });
    expect(replayed.paused === null).toBe(goal.paused === null);
    const states = ({ key, attempts, ...task }: Pick<TaskRecord, 'key' | 'attempts' | 'state'>) =>
      `${key} ${task.state} ${attempts}`;
    expect(replayed.tasks.map(states)).toEqual(tasks.toSorted((a, b) => a.position - b.position).map(states));
  });

  it.each(IN_FLIGHT)('is carried to its end: $title [ORC-16]', async ({ history }) => {
    const { store, reports, carry } = stageOf(history);
    const end = await carry();
    expect(end.goal).toMatchObject({ state: 'COMPLETED', machine: MACHINE_VERSION, paused: null });
    expect(end.tasks.map(({ state }) => state)).toEqual(end.tasks.map(() => 'SUCCEEDED'));
    // What had succeeded is not done again, and nothing of what was written is lost.
    expect(end.journal.slice(0, history.journal.length)).toEqual(history.journal);
    const completed = end.journal.flatMap(({ type, data }) => (type === 'task.completed' ? [data?.['key']] : []));
    expect(new Set(completed).size).toBe(completed.length);
    expect([reports, store.isAsked(end.goal.id)]).toEqual([[], false]);
  });
});

function isParallelIn({ plans }: History): boolean {
  return isParallel(graphOf(plans[0]!.plan));
}

function mayReplan({ goal }: History, replans: number): boolean {
  return goal.onFailure === 'replan' && replans < MAX_REPLANS;
}

/** The history in a store, at the time at which it was recorded, and an engine of this machine over it. */
function stageOf(history: History) {
  const began = performance.now();
  const clock = { now: () => Math.floor(history.at + performance.now() - began), monotonic: () => performance.now() };
  const store = new InMemoryGoalStore(clock);
  const { engine, reports } = engineOver(store, { clock, tools: TOOLS });
  adoptEngine(engine);
  const { machine, goal } = history;
  const { tenantId, id: goalId } = goal;
  const approvals = history.approvals.map((approval) => ({ ...approval, state: 'pending' as const }));
  store.restore({ ...history, goal: { ...goal, machine }, approvals });
  const read = async () => (await store.read(tenantId, goalId))!;
  const ask = (kind: 'start' | 'resume') =>
    store.command(tenantId, { id: newId(), goalId, kind, actor: ACTOR, reason: null });
  const answered = new Set<string>();

  /** Agrees to whatever is asked: a call may be made, and one whose outcome is uncertain did what it should. */
  async function answer(): Promise<void> {
    const resolution = { kind: 'took_effect' as const };
    for (const { approval } of (await read()).tasks) {
      if (approval?.state !== 'pending' || answered.has(approval.id)) continue;
      answered.add(approval.id);
      const decision = { approvalId: approval.id, approved: true, resolution: approval.uncertain ? resolution : null };
      await store.command(tenantId, { id: newId(), goalId, kind: 'decide', decision, actor: ACTOR, reason: null });
    }
  }

  async function carry() {
    engine.start();
    if (goal.held) await ask('start');
    if (goal.paused) await ask('resume');
    return until(async () => {
      await answer();
      const found = await read();
      return isFinal(found.goal.state) && found;
    });
  }
  return { store, reports, carry };
}
