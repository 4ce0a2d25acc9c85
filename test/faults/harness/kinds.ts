import { expect } from 'vitest';
import type { CarefulPerson } from './careful-person.js';
import { type PlannedTask, type VisiblePlan, sleepTask, task } from './plans.js';
import type { Ended } from './verdict.js';
import type { Witness } from './witness.js';

/** A kind of goal whose right end is known, whatever happens meanwhile. */
export interface Kind {
  readonly body: (plan: VisiblePlan) => object;
  readonly judge: (ended: Ended, plan: VisiblePlan, seen: Seen) => void;
}

/** What those outside know. */
export interface Seen {
  readonly witness: Witness;
  readonly person: CarefulPerson;
}

export interface Running {
  readonly id: string;
  readonly plan: VisiblePlan;
  readonly kind: Kind;
}

/**
 * The witness has seen what succeeded. A call that may be repeated was made as often as attempts are on record at the
 * most; any other one once, and once more for each time that a person wanted it.
 */
function expectSeen({ tasks }: Ended, plan: VisiblePlan, { witness, person }: Seen): void {
  for (const { key, attempts } of tasks.filter(({ key: id }) => /^(put|post)/.test(id))) {
    const path = plan.pathOf(key);
    const most = key.startsWith('put') ? attempts : 1 + (person.repeats.get(path) ?? 0);
    expect(witness.of(path).length, path).toBeLessThanOrEqual(most);
    expect(witness.of(path).length, path).toBeGreaterThan(0);
  }
}

function completes(tasks: (plan: VisiblePlan) => readonly PlannedTask[]): Kind {
  return {
    body: (plan) => ({ plan: { tasks: tasks(plan) } }),
    judge: (ended, plan, seen) => {
      expect(ended.goal, JSON.stringify(ended.tasks)).toMatchObject({ state: 'COMPLETED', error: null, replans: 0 });
      expect(ended.tasks.map(({ state }) => state)).toEqual(ended.tasks.map(() => 'SUCCEEDED'));
      expectSeen(ended, plan, seen);
    },
  };
}

const chain = completes((plan) => [
  sleepTask('rest', 0.1),
  plan.put('put1', { after: ['rest'], hold: 100 }),
  task('note', 'write_file', { path: 'note.txt', content: plan.name }, { after: ['put1'] }),
  plan.put('put2', { after: ['note'] }),
  task('look', 'list_directory', { path: '.' }, { after: ['put2'] }),
  sleepTask('end', 0.2, { after: ['look'] }),
]);

const fanOut = completes((plan) => {
  const all = Array.from({ length: 6 }, (_, n) => plan.put(`put${n}`, { hold: 60 * n }));
  return [...all, task('sum', 'echo', { done: true }, { after: all.map(({ id }) => id) })];
});

const posting = completes((plan) => [
  plan.post('post1', { hold: 80 }),
  sleepTask('rest', 0.1, { after: ['post1'] }),
  plan.post('post2', { hold: 40, after: ['rest'] }),
]);

const pure = completes(() => [
  task('a', 'echo', { n: 1 }),
  task('b', 'echo', { n: { $ref: 'a.output.n' } }, { after: ['a'] }),
  sleepTask('c', 0.3, { after: ['b'] }),
]);

/** Succeeds at its second attempt. */
const flaky: Kind = completes((plan) => [plan.put('put', { drop: 1 }), sleepTask('end', 0.1, { after: ['put'] })]);

/**
 * Its task fails three times of three, and succeeds in the second plan; what came before it is kept. Kills count as
 * attempts, too: where they have used up those of all four plans, each of them is on record.
 */
const planAnew: Kind = {
  body: (plan) => ({
    on_failure: 'replan',
    plan: { tasks: [plan.put('put0'), plan.put('put', { after: ['put0'], attempts: 3, drop: 3 })] },
  }),
  judge: (ended, plan, { witness }) => {
    const { goal, journal } = ended;
    const used = journal.filter(({ type }) => type === 'task.failed').map(({ data }) => data?.['attempt']);
    expect(used).toEqual(Array.from({ length: goal.state === 'COMPLETED' ? goal.replans : 4 }, () => 3));
    expect(goal.replans).toBeGreaterThan(0);
    expect(['COMPLETED', 'FAILED after 3']).toContain(
      goal.state === 'COMPLETED' ? goal.state : `FAILED after ${goal.replans}`,
    );
    expect(witness.of(plan.pathOf('put')).length).toBeLessThanOrEqual(3 * (1 + goal.replans));
  },
};

/** Nothing helps it: three plans after the first one, two attempts in each. */
const hopeless: Kind = {
  body: (plan) => ({
    on_failure: 'replan',
    plan: { tasks: [plan.put('put', { attempts: 2, drop: 1_000 }), sleepTask('never', 0, { after: ['put'] })] },
  }),
  judge: ({ goal, tasks }, plan, { witness }) => {
    expect(goal).toMatchObject({ state: 'FAILED', error: { code: 'task_failed' }, replans: 3 });
    expect(tasks.map(({ state }) => state)).toEqual(['FAILED', 'SKIPPED']);
    expect(witness.of(plan.pathOf('put')).length).toBeLessThanOrEqual(8);
  },
};

export const KINDS: readonly Kind[] = [chain, fanOut, posting, pure, flaky, planAnew, hopeless];
