import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { assertListed, next } from './machine.js';
import { type Facts, OUTCOMES, type Outcome } from './outcomes.js';
import { type GoalState, goalStates, isFinal } from './states.js';
import { TRANSITIONS } from './transitions.js';

const ALL_FACTS: readonly Facts[] = [true, false].flatMap((parallel) =>
  [true, false].map((mayReplan) => ({ parallel, mayReplan })),
);
const OPEN = goalStates.filter((state) => !isFinal(state));

/** Every step that the product promises, written out once more by hand: a row added to the table must be added here too. */
const PROMISED: readonly (readonly [GoalState, GoalState])[] = [
  ['IDLE', 'RECEIVED'],
  ['RECEIVED', 'INTENT_ANALYSIS'],
  ['INTENT_ANALYSIS', 'TASK_DECOMPOSITION'],
  ['TASK_DECOMPOSITION', 'AGENT_ASSIGNMENT'],
  ['AGENT_ASSIGNMENT', 'EXECUTING'],
  ['AGENT_ASSIGNMENT', 'PARALLEL_EXECUTING'],
  ['EXECUTING', 'VERIFYING'],
  ['EXECUTING', 'REPLANNING'],
  ['PARALLEL_EXECUTING', 'VERIFYING'],
  ['PARALLEL_EXECUTING', 'REPLANNING'],
  ['VERIFYING', 'WRITING_MEMORY'],
  ['VERIFYING', 'REPLANNING'],
  ['REPLANNING', 'TASK_DECOMPOSITION'],
  ['WRITING_MEMORY', 'REFLECTING'],
  ['REFLECTING', 'COMPLETED'],
  ...OPEN.flatMap((state) => [[state, 'FAILED'] as const, [state, 'CANCELLED'] as const]),
];

function isListed(from: GoalState, to: GoalState): boolean {
  try {
    assertListed(from, to);
    return true;
  } catch {
    return false;
  }
}

describe('the machine', () => {
  it('allows exactly the promised steps [ORC-2]', () => {
    const allowed = goalStates.flatMap((from) =>
      goalStates.filter((to) => isListed(from, to)).map((to) => `${from}→${to}`),
    );
    expect(allowed.toSorted()).toEqual(PROMISED.map(([from, to]) => `${from}→${to}`).toSorted());
  });

  it('lists or refuses every outcome in every state, and a refusal names where and what [ORC-2]', () => {
    const answer = (from: GoalState, outcome: Outcome, facts: Facts): string => {
      try {
        return next(from, outcome, facts).to;
      } catch (error) {
        return error instanceof Error ? error.message : '';
      }
    };
    for (const from of goalStates) {
      for (const outcome of OUTCOMES) {
        const rows = TRANSITIONS.filter(
          (row) => row.outcome === outcome && (row.from === from || (row.from === 'ANY' && !isFinal(from))),
        );
        const expected = rows.length > 0 ? rows.map((row) => row.to).join('|') : `${from}.*"${outcome}"`;
        for (const facts of ALL_FACTS) expect(answer(from, outcome, facts)).toMatch(new RegExp(expected));
      }
    }
  });

  it('names both states of a step that it refuses [ORC-2]', () => {
    expect(() => assertListed('COMPLETED', 'EXECUTING')).toThrow('A goal in COMPLETED cannot go to EXECUTING.');
  });

  it('ends every guarded group in a row without a guard [ORC-2]', () => {
    const groups = Map.groupBy(TRANSITIONS, (row) => `${row.from}/${row.outcome}`);
    for (const [name, rows] of groups) expect([name, rows.at(-1)?.when]).toEqual([name, 'always']);
  });

  it('reaches a final state from every state, and leaves none [ORC-2]', () => {
    for (const from of OPEN) {
      const reached = new Set<GoalState>([from]);
      for (const state of reached) for (const to of goalStates) if (isListed(state, to)) reached.add(to);
      expect([...reached].some(isFinal)).toBe(true);
    }
    for (const from of goalStates.filter(isFinal)) expect(goalStates.some((to) => isListed(from, to))).toBe(false);
  });

  it('is the only one that moves a goal: nothing else in the core assigns a state [ORC-2]', () => {
    const root = join(import.meta.dirname, '..');
    const files = readdirSync(root, { recursive: true, encoding: 'utf8' });
    const assigning = files
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'))
      .filter((file) => /goal\.state = (?!=)/.test(readFileSync(join(root, file), 'utf8')));
    // The run takes it from `next`; one puts back what the store really holds, the other tells what was.
    expect(assigning.toSorted()).toEqual(['engine/unstorable.ts', 'governor/run.ts', 'replay/replay.ts']);
  });
});
