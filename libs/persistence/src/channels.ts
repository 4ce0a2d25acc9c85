/*
 * Channels of NOTIFY that more than one feature hears. A notification is sent in the transaction that it tells of, so
 * that it arrives after the commit, and is only a hint: what is true is in the tables.
 */

/** Told after each commit that recorded events; the payload is the UUIDs of their tenants, or `*` for too many. */
export const EVENT_CHANNEL = 'av_event';
/** Told after each commit that wrote journals; the payload is the UUIDs of their goals, or `*` for too many. */
export const JOURNAL_CHANNEL = 'av_journal';
/** Told when a kill switch was engaged or lifted; no payload. */
export const HALT_CHANNEL = 'av_halt';
/** Told when there are calls for other workers; the payload is the UUID of the worker that is meant, or empty for all. */
export const DISPATCH_CHANNEL = 'av_dispatch';
/** Told when such a call was taken, given back or has ended; the payload is the UUID of its goal. */
export const DISPATCH_NEWS_CHANNEL = 'av_dispatch_news';
/** Told when such a call is not wanted any more; the payload is its UUID. */
export const WITHDRAWN_CHANNEL = 'av_withdrawn';
/** Told when a tenant registered or deleted a tool; no payload. */
export const TOOL_CHANNEL = 'av_tool';
