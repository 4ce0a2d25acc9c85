/*
 * The text of server-sent events (WHATWG HTML, section 9.2.6). Data is JSON, which JSON.stringify writes in one line.
 */

export const SSE_MEDIA_TYPE = 'text/event-stream';

/** How long a client waits before it connects again, in milliseconds. */
const RETRY_MS = 2_000;

/** One event. `id` and `type` are ours and hold no line break. */
export function eventFrame(id: string, type: string, data: object): string {
  return `id: ${id}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** Moves the client's `Last-Event-ID` on without an event that anybody would see. */
export function positionFrame(id: string): string {
  return `id: ${id}\n\n`;
}

/** The first thing on every stream: whoever waits for the headers sees at once that it stands. */
export const OPENING = `: open\nretry: ${RETRY_MS}\n\n`;

/** Nothing, said now and then so that nobody between takes the connection for dead. */
export const HEARTBEAT = ': beat\n\n';
