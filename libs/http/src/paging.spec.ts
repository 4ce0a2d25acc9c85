import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { cutPage, decodeCursor, encodeCursor } from './paging.js';

const position = z.strictObject({ id: z.string() });

describe('a cursor', () => {
  it('comes back as it was given out, and is safe in a query', () => {
    const cursor = encodeCursor({ id: 'ü?&=/+' });
    expect(cursor).toMatch(/^[\w-]+$/);
    expect(decodeCursor(cursor, position)).toEqual({ id: 'ü?&=/+' });
    expect(decodeCursor(undefined, position)).toBeUndefined();
  });

  it.each(['', '!', 'e30', encodeCursor({ id: 1 }), encodeCursor({ id: 'a', more: 1 }), encodeCursor(null)])(
    'that is "%s" is refused by name',
    (cursor) => {
      expect(() => decodeCursor(cursor, position)).toThrow(
        expect.objectContaining({
          code: 'invalid_input',
          issues: [expect.objectContaining({ path: '$query.cursor' })],
        }),
      );
    },
  );
});

describe('a page', () => {
  const cut = (rows: string[], limit: number) =>
    cutPage(
      rows,
      limit,
      (row) => row.toUpperCase(),
      (row) => ({ id: row }),
    );

  it('has a next one exactly when a surplus row was read', () => {
    expect(cut(['a', 'b', 'c'], 2)).toEqual({ data: ['A', 'B'], next_cursor: encodeCursor({ id: 'b' }) });
    expect(cut(['a', 'b'], 2)).toEqual({ data: ['A', 'B'], next_cursor: null });
    expect(cut([], 2)).toEqual({ data: [], next_cursor: null });
  });
});
