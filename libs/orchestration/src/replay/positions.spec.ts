import { describe, expect, it } from 'vitest';
import { readPositions, writePositions } from './positions.js';

const at = (attempts: number, ...positions: number[]) => positions.map((position) => ({ position, attempts }));

describe('a list of tasks by their positions', () => {
  it('comes back as it was written, in whatever order [ORC-12]', () => {
    const written = writePositions([...at(1, 3, 0, 1, 2, 7), ...at(4, 5, 6), ...at(2, 9)]);
    expect(written).toEqual({ 1: '0-3,7', 2: '9', 4: '5-6' });
    expect(Object.fromEntries(readPositions(written))).toEqual({ 0: 1, 1: 1, 2: 1, 3: 1, 7: 1, 5: 4, 6: 4, 9: 2 });
  });

  it('says in a few characters that thousands of tasks went alike [ORC-12]', () => {
    const written = writePositions(Array.from({ length: 5_000 }, (_, position) => ({ position, attempts: 1 })));
    expect(written).toEqual({ 1: '0-4999' });
    expect(readPositions(written).size).toBe(5_000);
  });

  it('is empty where there is none [ORC-12]', () => {
    expect(writePositions([])).toEqual({});
    expect(readPositions(undefined).size).toBe(0);
  });
});
