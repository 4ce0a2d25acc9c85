import type { NewEvent, Recorder } from '#libs/events';
import { EVENT_CHANNEL } from '../channels.js';
import type { Transaction } from '../transaction.js';
import { eventRow, insertEvents } from './event-rows.js';

const SQL = `with recorded as (${insertEvents('$1')} returning 1) select pg_notify('${EVENT_CHANNEL}', $2) from recorded limit 1`;

/** The Recorder over PostgreSQL. */
export class EventRecorder implements Recorder<Transaction> {
  async record(transaction: Transaction, tenantId: string, events: readonly NewEvent[]): Promise<void> {
    if (events.length === 0) return;
    const rows = events.map((event) => eventRow(tenantId, event));
    await transaction.query(SQL, [JSON.stringify(rows), tenantId]);
  }
}
