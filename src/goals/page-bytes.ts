/** A row that begins behind this many bytes is left to the next page: an answer is held in memory several times over. */
const PAGE_BYTES = 8 * 1024 * 1024;

/** What `withinBytes` adds to each row. */
export interface Sized {
  /** How many rows there would have been without the bound. */
  readonly found: number;
}

/**
 * Ends a page early where its rows become too large together; it has one row at least. `rows` is a query with a column
 * `bytes`, in the order that is repeated as `order`.
 */
export function withinBytes(rows: string, order: string): string {
  return `select * from (
      select *, sum(bytes) over (order by ${order} rows unbounded preceding) - bytes as before,
             (count(*) over ())::integer as found
        from (${rows}) page
    ) sized
    where before <= ${PAGE_BYTES} order by ${order}`;
}

/** Whether a page of such rows, of which one more than `limit` was asked for, has a next one. */
export function hasMore(rows: readonly Sized[], limit: number): boolean {
  return (rows[0]?.found ?? 0) > Math.min(rows.length, limit);
}
