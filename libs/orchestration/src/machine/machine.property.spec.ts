import { array, assert, boolean, constantFrom, nat, property, record } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assertListed, next } from './machine.js';
import { OUTCOMES, type Outcome } from './outcomes.js';
import { type GoalState, isFinal } from './states.js';

const MAX_REPLANS = 3;
const outcome = constantFrom(...OUTCOMES);
/** What a goal meets: outcomes in any order, some of them refused where it stands. */
const course = array(record({ outcome, parallel: boolean() }), { maxLength: 60 });

function answer(state: GoalState, given: Outcome, facts: { parallel: boolean; mayReplan: boolean }) {
  try {
    return next(state, given, facts);
  } catch {
    return undefined;
  }
}

describe('any course of a goal through the machine', () => {
  it('takes listed steps only, counts its replans, and never leaves a final state [ORC-2, ORC-8]', () => {
    assert(
      property(course, boolean(), (steps, replans) => {
        let state: GoalState = 'RECEIVED';
        let used = 0;
        for (const { outcome: given, parallel } of steps) {
          const step = answer(state, given, { parallel, mayReplan: replans && used < MAX_REPLANS });
          if (!step) continue;
          expect(isFinal(state)).toBe(false);
          expect(() => assertListed(step.from, step.to)).not.toThrow();
          expect(step.from).toBe(state);
          expect(step.effect === 'count replan').toBe(step.to === 'REPLANNING');
          if (step.to === 'REPLANNING') used += 1;
          state = step.to;
        }
        expect(used).toBeLessThanOrEqual(replans ? MAX_REPLANS : 0);
      }),
    );
  });

  it('ends in a bounded number of steps when each one is an outcome that its state lists [ORC-2]', () => {
    assert(
      property(array(nat(100), { minLength: 80, maxLength: 80 }), boolean(), (choices, replans) => {
        let state: GoalState = 'RECEIVED';
        let used = 0;
        let taken = 0;
        for (const choice of choices) {
          if (isFinal(state)) break;
          const facts = { parallel: choice % 2 === 0, mayReplan: replans && used < MAX_REPLANS };
          const possible = OUTCOMES.flatMap((each) => answer(state, each, facts) ?? []);
          const step = possible[choice % possible.length];
          expect(step).toBeDefined();
          if (!step) return;
          if (step.effect === 'count replan') used += 1;
          state = step.to;
          taken += 1;
        }
        expect(isFinal(state)).toBe(true);
        // Seven steps to the verdict, five more for each of three replans, three to the end: it cannot go in circles.
        expect(taken).toBeLessThanOrEqual(8 + 3 * 6 + 3);
      }),
    );
  });
});
