import { describe, expect, it } from 'vitest';
import { CAPABILITIES, type Capability, type WorkerInfo } from '../ports/workers.js';
import { Placement } from './strategies.js';

function worker(id: string, about: Partial<Omit<WorkerInfo, 'id'>> = {}): WorkerInfo {
  return { id, capabilities: new Set(CAPABILITIES), capacity: 4, running: 0, goals: 0, ...about };
}
const first = () => 0;
const last = () => 0.999_999;

function choose(placement: Placement, workers: readonly WorkerInfo[], needs: Capability, times: number): string[] {
  return Array.from({ length: times }, () => placement.choose(workers, needs)?.id ?? '-');
}

describe('who gets a piece of work', () => {
  it('is one after the other by ROUND_ROBIN, from the first again after the last [WRK-2]', () => {
    const all = [worker('b'), worker('c'), worker('a')];
    const placement = new Placement('ROUND_ROBIN', first);
    expect(choose(placement, all, 'task_execution', 4)).toEqual(['a', 'b', 'c', 'a']);
    expect(choose(placement, [worker('a'), worker('c')], 'task_execution', 2)).toEqual(['c', 'a']);
    expect(choose(placement, all, 'web_operations', 1)).toEqual(['a']);
  });

  it('is whoever has the smallest share of its capacity taken by LEAST_LOADED [WRK-2]', () => {
    const all = [worker('a', { running: 1 }), worker('b', { running: 2, capacity: 20 }), worker('c', { running: 3 })];
    expect(new Placement('LEAST_LOADED', first).choose(all, 'task_execution')?.id).toBe('b');
  });

  it('takes in what was given since the last heartbeat, and forgets it with the next [WRK-2]', () => {
    const beat = () => [worker('a'), worker('b', { running: 1 })];
    const placement = new Placement('LEAST_LOADED', first);
    const old = beat();
    expect(choose(placement, old, 'task_execution', 8)).toEqual(['a', 'a', 'b', 'a', 'b', 'a', 'b', '-']);
    expect(choose(placement, beat(), 'task_execution', 1)).toEqual(['a']);
  });

  it('is drawn by free capacity by WEIGHTED_RANDOM [WRK-2]', () => {
    const all = () => [worker('a', { running: 3 }), worker('b', { running: 1 })];
    const drawn = (value: number) => new Placement('WEIGHTED_RANDOM', () => value).choose(all(), 'llm_inference')?.id;
    expect([0, 0.24, 0.26, 0.999].map(drawn)).toEqual(['a', 'a', 'b', 'b']);
  });

  it('is the fittest specialist by CAPABILITY_MATCH, then the least loaded of them [WRK-2]', () => {
    const web = new Set<Capability>(['web_operations']);
    const all = [
      worker('a'),
      worker('b', { capabilities: web, running: 2 }),
      worker('c', { capabilities: web, running: 1 }),
      worker('d', { capabilities: new Set<Capability>(['web_operations', 'llm_inference']) }),
    ];
    const placement = new Placement('CAPABILITY_MATCH', first);
    expect(placement.choose(all, 'web_operations')?.id).toBe('c');
    expect(placement.choose(all, 'llm_inference')?.id).toBe('d');
    expect(placement.choose(all, 'file_operations')?.id).toBe('a');
  });

  it('is decided by chance between equals, so that processes do not all begin with the same worker [WRK-2]', () => {
    const all = [worker('a'), worker('b'), worker('c', { goals: 1 })];
    expect(new Placement('LEAST_LOADED', first).choose(all, 'goal_execution')?.id).toBe('a');
    expect(new Placement('LEAST_LOADED', last).choose(all, 'goal_execution')?.id).toBe('b');
  });

  it('is nobody where all who could are full, but for goals, which each worker limits itself [WRK-2]', () => {
    const full = [worker('a', { running: 4, goals: 900 })];
    const placement = new Placement('LEAST_LOADED', first);
    expect(placement.choose(full, 'task_execution')).toBeUndefined();
    expect(placement.choose(full, 'goal_execution')?.id).toBe('a');
    expect(placement.choose([], 'goal_execution')).toBeUndefined();
  });
});
