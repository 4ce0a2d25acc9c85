import { array, assert, constantFrom, double, nat, property, record, subarray, uniqueArray, uuid } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CAPABILITIES, type WorkerInfo } from '../ports/workers.js';
import { Placement, STRATEGIES } from './strategies.js';

const worker = record({
  id: uuid(),
  capabilities: subarray([...CAPABILITIES]).map((some) => new Set(some)),
  capacity: nat(8),
  running: nat(8),
  goals: nat(300),
});
const workers = uniqueArray(worker, { selector: ({ id }) => id, maxLength: 8 });
const chances = array(double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), { minLength: 1, maxLength: 20 });
const capability = constantFrom(...CAPABILITIES);
const strategy = constantFrom(...STRATEGIES);

function drawn(from: readonly number[]): () => number {
  let n = 0;
  return () => from[n++ % from.length] ?? 0;
}
const free = ({ capacity, running }: WorkerInfo) => Math.max(0, capacity - running);

describe('any strategy over any workers', () => {
  it('chooses who has the capability, and gives nobody more than there is room for [WRK-2]', () => {
    assert(
      property(strategy, workers, capability, chances, (name, all, needs, random) => {
        const placement = new Placement(name, drawn(random));
        const able = all.filter(({ capabilities }) => capabilities.has(needs));
        const room = able.reduce((sum, each) => sum + free(each), 0);
        const given = new Map<WorkerInfo, number>();
        // All the room that there is can be given, and nothing beyond it.
        for (let n = 0; n <= room; n++) {
          const chosen = placement.choose(all, needs);
          const isNobody = needs === 'goal_execution' ? able.length === 0 : n === room;
          expect(able.find((each) => each === chosen) === undefined).toBe(isNobody);
          if (chosen) given.set(chosen, (given.get(chosen) ?? 0) + 1);
        }
        const tooMuch = [...given].filter(([each, n]) => needs !== 'goal_execution' && n > free(each));
        expect(tooMuch).toEqual([]);
      }),
    );
  });

  it('leaves nobody out: goals for as many rounds as it takes reach every worker that carries goals [WRK-2]', () => {
    assert(
      property(constantFrom('ROUND_ROBIN', 'LEAST_LOADED'), workers, chances, (name, all, random) => {
        const placement = new Placement(name, drawn(random));
        const able = all.filter(({ capabilities }) => capabilities.has('goal_execution'));
        const most = Math.max(0, ...able.map(({ goals }) => goals)) + 1;
        const reached = new Set(
          Array.from({ length: able.length * most }, () => placement.choose(all, 'goal_execution')),
        );
        for (const each of able) expect(reached).toContain(each);
      }),
    );
  });
});
