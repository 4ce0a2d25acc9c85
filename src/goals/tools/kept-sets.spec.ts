import { ToolRegistry, ToolRunner } from '#libs/tools';
import { describe, expect, it } from 'vitest';
import { RegistryCatalogue } from '../engine/tool-adapter.js';
import { type KeptSet, KeptSets } from './kept-sets.js';

const registry = new ToolRegistry();
const set = { registry, catalogue: new RegistryCatalogue(registry), runner: new ToolRunner(registry) };
const of = (...bytes: number[]): KeptSet => ({
  key: bytes.join(),
  set,
  definitions: new Map(bytes.map((size, n) => [String(n), { tool: undefined, bytes: size }])),
});

describe('sets that are kept', () => {
  it('leave when there is no room for their bytes, those first that were not used for longest [TOL-10]', () => {
    const kept = new KeptSets({ sets: 100, bytes: 100 });
    kept.put('a', of(30, 10));
    kept.put('b', of(40));
    expect(kept.get('a')).toBeDefined();
    kept.put('c', of(50));
    expect([kept.get('a'), kept.get('b'), kept.get('c')].map((each) => each?.key)).toEqual(['30,10', undefined, '50']);
    // A set that is put again takes the place of the one before.
    kept.put('a', of(10));
    kept.put('d', of(40));
    expect(kept.get('c')?.key).toBe('50');
  });

  it('leave when there are too many [TOL-10]', () => {
    const kept = new KeptSets({ sets: 2, bytes: 100 });
    for (const tenant of ['a', 'b', 'c']) kept.put(tenant, of());
    expect([kept.get('a'), kept.get('b'), kept.get('c')].map((each) => each?.key)).toEqual([undefined, '', '']);
  });
});
