import { COMMON_ERRORS, type JsonValue } from '#libs/kernel';
import { z } from 'zod';

const DEFAULT_LIMIT = 50;
const MAXIMUM_LIMIT = 200;

/** Query of every list: `?limit=&cursor=`. A list with filters extends it; unknown parameters are refused. */
export const pagingQuery = z.strictObject({
  limit: z
    .string()
    .regex(/^\d{1,9}$/, 'Expected a whole number from 1 to 200')
    .transform(Number)
    .pipe(z.number().min(1, 'Expected at least 1').max(MAXIMUM_LIMIT, 'Expected at most 200'))
    .default(DEFAULT_LIMIT)
    .meta({ description: 'How many items to answer at the most: 1 to 200, 50 by default.', examples: ['50'] }),
  cursor: z.string().max(2048).optional().meta({ description: '`next_cursor` of the page before. Opaque.' }),
});

export type PagingQuery = z.output<typeof pagingQuery>;

/** One page of a list. */
export interface Page<Item> {
  readonly data: readonly Item[];
  readonly next_cursor: string | null;
}

/** Schema of a page, for the documentation of a list. */
export function page<Item extends z.ZodType>(item: Item) {
  return z.object({
    data: z.array(item),
    next_cursor: z
      .string()
      .nullable()
      .meta({ description: 'Send it as `cursor` for the next page; null on the last.' }),
  });
}

/** Packs a position in a list into an opaque text. */
export function encodeCursor(position: JsonValue): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

/**
 * Reads a position that `encodeCursor` made. Throws `invalid_input` naming `cursor` for anything that `schema` does
 * not accept: a cursor is the caller's text, and may be cut, edited or of another list.
 */
export function decodeCursor<Position>(cursor: string | undefined, schema: z.ZodType<Position>): Position | undefined {
  if (cursor === undefined) return undefined;
  const position = readPosition(cursor, schema);
  if (position !== undefined) return position;
  throw COMMON_ERRORS.make('invalid_input', {
    detail: 'The cursor is not one that this list gave out. Leave it out to begin again.',
    issues: [{ path: '$query.cursor', message: 'Expected the `next_cursor` of a page of this list' }],
  });
}

/** Reads a position that `encodeCursor` made; undefined for anything that `schema` does not accept. */
export function readPosition<Position>(cursor: string, schema: z.ZodType<Position>): Position | undefined {
  return schema.safeParse(parseJson(Buffer.from(cursor, 'base64url').toString('utf8'))).data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Cuts a page out of rows of which one more than `limit` was read: the surplus row says that there is a next page,
 * and the last one shown is where it starts. `hasMore` says so instead where a page may end before `limit`.
 */
export function cutPage<Row, Item>(
  rows: readonly Row[],
  limit: number,
  view: (row: Row) => Item,
  position: (row: Row) => JsonValue,
  hasMore = rows.length > limit,
): Page<Item> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    data: shown.map(view),
    next_cursor: hasMore && last !== undefined ? encodeCursor(position(last)) : null,
  };
}
