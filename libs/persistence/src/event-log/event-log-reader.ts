import type { EventCursor, EventReader, EventType, FollowedEvents, RecordedEvent, ResourceKind } from '#libs/events';
import type { JsonObject } from '#libs/kernel';
import type { PreparedSql } from '../connection.js';
import type { TenantTransaction } from '../tenant-transaction.js';

interface Row {
  readonly id: string;
  readonly at: Date;
  readonly epoch: number;
  readonly xid: string;
  readonly type: EventType;
  readonly actor: JsonObject;
  readonly resource_kind: ResourceKind | null;
  readonly resource_id: string | null;
  readonly request_id: string | null;
  readonly data: JsonObject | null;
}

// A row may be read once no transaction runs any more that could still put another one before it. Rows of earlier
// epochs come from another cluster, whose transactions are all over.
const SETTLED = `(epoch < (select max(epoch) from log_epoch) or xid < pg_snapshot_xmin(pg_current_snapshot()))`;

const AFTER: PreparedSql = {
  name: 'events_after',
  text: `
  select id, at, epoch, xid::text as xid, type, actor, resource_kind, resource_id, request_id, data
    from event
   where tenant_id = $1 and (epoch, xid, id) > ($2, $3::xid8, $4) and ${SETTLED}
   order by epoch, event.xid, id
   limit $5`,
};

const END = `
  select epoch, xid::text as xid, id from event
   where tenant_id = $1 and ${SETTLED}
   order by epoch desc, event.xid desc, id desc
   limit 1`;

const UNSETTLED: PreparedSql = {
  name: 'events_unsettled',
  text: `
  select exists (
    select from event
     where tenant_id = $1 and epoch = (select max(epoch) from log_epoch)
       and event.xid >= pg_snapshot_xmin(pg_current_snapshot())
  ) as unsettled`,
};

/** Before everything that can ever be recorded. */
export const LOG_START: EventCursor = { epoch: 0, xid: '0', id: '00000000-0000-0000-0000-000000000000' };

/** Reads the event log of a tenant under its row-level security. */
export class EventLogReader implements EventReader {
  constructor(private readonly tenants: TenantTransaction) {}

  async after(tenantId: string, cursor: EventCursor, limit: number): Promise<readonly RecordedEvent[]> {
    const rows = await this.tenants.once<Row>(tenantId, AFTER, [tenantId, cursor.epoch, cursor.xid, cursor.id, limit]);
    return rows.map(fromRow);
  }

  async follow(tenantId: string, cursor: EventCursor, limit: number): Promise<FollowedEvents> {
    // Asked first: what settles between the two statements is read by the second, and what is recorded later is told of.
    const [before, rows] = await this.tenants.flight(tenantId, [
      { sql: UNSETTLED, parameters: [tenantId] },
      { sql: AFTER, parameters: [tenantId, cursor.epoch, cursor.xid, cursor.id, limit] },
    ]);
    const [{ unsettled } = { unsettled: false }] = before as { unsettled: boolean }[];
    return { unsettled, events: (rows as Row[]).map(fromRow) };
  }

  async end(tenantId: string): Promise<EventCursor> {
    const [last] = await this.tenants.once<EventCursor>(tenantId, END, [tenantId]);
    return last ?? LOG_START;
  }
}

function fromRow(row: Row): RecordedEvent {
  return {
    id: row.id,
    at: row.at,
    type: row.type,
    actor: row.actor,
    resource:
      row.resource_kind === null || row.resource_id === null ? null : { kind: row.resource_kind, id: row.resource_id },
    requestId: row.request_id,
    data: row.data,
    cursor: { epoch: row.epoch, xid: row.xid, id: row.id },
  };
}
