import type { IncomingHttpHeaders } from 'node:http';
import type { EventCursor } from '#libs/events';
import { readPosition } from '#libs/http';
import { COMMON_ERRORS, isUuid } from '#libs/kernel';
import { z } from 'zod';

/** Where the caller says that it stands. */
export interface Resumption {
  readonly headers: IncomingHttpHeaders;
  readonly query: { readonly last_event_id?: string | undefined };
}

const HEADER_PATH = '$header.Last-Event-ID';

/** The largest number that a row can have: PostgreSQL's integer. */
const LARGEST_SEQ = 2_147_483_647;

/** A row of a journal, and where the caller named it. */
export interface GivenRow {
  readonly path: string;
  readonly seq: number;
}

/** The row after which a goal's stream goes on; 0 for its beginning. */
export function lastRow(from: Resumption): GivenRow {
  const given = lastEventId(from);
  if (!given) return { path: HEADER_PATH, seq: 0 };
  const seq = /^\d{1,10}$/.test(given.text) ? Number(given.text) : Number.NaN;
  if (seq <= LARGEST_SEQ) return { path: given.path, seq };
  throw malformed(given.path, 'Expected the `id` of an event of this stream: a whole number');
}

const isXid = (text: string): boolean => /^\d{1,20}$/.test(text) && BigInt(text) < 2n ** 64n;

const cursorSchema = z.tuple([z.int().min(0).max(LARGEST_SEQ), z.string().refine(isXid), z.string().refine(isUuid)]);

/** The event after which a tenant's stream goes on; undefined for now. */
export function lastCursor(from: Resumption): EventCursor | undefined {
  const given = lastEventId(from);
  if (!given) return undefined;
  const position = readPosition(given.text, cursorSchema);
  if (!position) throw malformed(given.path, 'Expected the `id` of an event of this stream');
  const [epoch, xid, id] = position;
  return { epoch, xid, id };
}

// A client that connects again keeps its URL, so the header is the newer of the two. An empty one names nothing.
function lastEventId({ headers, query }: Resumption): { path: string; text: string } | undefined {
  const header = headers['last-event-id'];
  if (header !== undefined && header !== '') return { path: HEADER_PATH, text: String(header) };
  return query.last_event_id ? { path: '$query.last_event_id', text: query.last_event_id } : undefined;
}

function malformed(path: string, message: string): Error {
  const detail = `${path}: ${message}. Leave it out to begin anew.`;
  return COMMON_ERRORS.make('invalid_input', { detail, issues: [{ path, message }] });
}
