import { expect } from 'vitest';
import type { TestClient } from '#libs/testing';
import { type GoalJson, type JournalJson, type TaskJson, journalOf, tasksOf } from '../../journeys/goals.js';

export interface Ended {
  readonly goal: GoalJson;
  readonly tasks: readonly TaskJson[];
  readonly journal: readonly JournalJson[];
}

/** What became of a goal, whose journal must make sense whatever happened to those who wrote it. */
export async function soundEnd(client: TestClient, id: string): Promise<Ended> {
  const { body: goal } = await client.get<GoalJson>(`/api/v1/goals/${id}`);
  const [tasks, journal] = [await tasksOf(client, id), await journalOf(client, id)];
  const where = `goal ${id}: ${JSON.stringify(goal.error)}\n${journal.map(lineOf).join('\n')}`;
  expectOneWay(journal, goal, where);
  expectCountedAttempts(journal, where);
  const succeeded = tasks.filter(({ state }) => state === 'SUCCEEDED').map(({ key }) => key);
  expect(keysOf(journal, 'task.completed').toSorted(), where).toEqual(succeeded.toSorted());
  return { goal, tasks, journal };
}

/** The keys of the tasks that rows of a type tell of, in their order. */
export function keysOf(journal: readonly JournalJson[], type: string): string[] {
  return journal.filter((row) => row.type === type).map(keyOf);
}

function keyOf({ data }: JournalJson): string {
  const key = data?.['key'];
  return typeof key === 'string' ? key : '';
}

/** Each transition begins where the one before has ended, and the last one has led to where the goal is. */
function expectOneWay(journal: readonly JournalJson[], { state, replans }: GoalJson, where: string): void {
  const transitions = journal.filter(({ type }) => type === 'goal.transition');
  const states = ['IDLE', ...transitions.map(({ to }) => to)];
  expect(
    transitions.map(({ from }) => from),
    where,
  ).toEqual(states.slice(0, -1));
  expect(states.at(-1), where).toBe(state);
  expect(
    states.filter((each) => each === 'REPLANNING'),
    where,
  ).toHaveLength(replans);
}

/** No attempt of a task is made twice within a plan: a counter that a crash had lost would count again. */
function expectCountedAttempts(journal: readonly JournalJson[], where: string): void {
  const counts = new Map<string, number>();
  for (const row of journal) {
    if (row.to === 'REPLANNING') counts.clear();
    const [key, attempt] = [keyOf(row), Number(row.data?.['attempt'])];
    // Stopped by a kill switch or a hand-over, it was given its attempt back.
    if (row.type === 'task.stopped') counts.set(key, attempt);
    if (row.type !== 'task.started') continue;
    expect(attempt, `${key} in ${where}`).toBeGreaterThan(counts.get(key) ?? 0);
    counts.set(key, attempt);
  }
}

function lineOf({ seq, type, from, to, reason, data }: JournalJson): string {
  const what = from === null ? JSON.stringify(data ?? {}).slice(0, 120) : `${from} → ${to}`;
  return `${seq} ${type} ${what} ${reason ?? ''}`;
}
