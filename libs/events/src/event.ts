import type { JsonObject } from '#libs/kernel';
import type { EventType } from './catalogue.js';

/** What kind of thing an event is about. */
export type ResourceKind = 'goal' | 'file' | 'tenant' | 'api_key' | 'user';

/** Something that happened, as its author tells it. The log adds id, time and order. */
export interface NewEvent {
  readonly type: EventType;
  /** Who did it; ids in their public form. */
  readonly actor: JsonObject;
  readonly resource: { readonly kind: ResourceKind; readonly id: string } | null;
  readonly data: JsonObject | null;
}

/** A recorded event. */
export interface RecordedEvent extends NewEvent {
  readonly id: string;
  readonly at: Date;
  readonly requestId: string | null;
  /** Where it stands in the log. */
  readonly cursor: EventCursor;
}

/** A place in the log: everything up to and including this event has been read. */
export interface EventCursor {
  /** Raised when the database moved to another cluster. */
  readonly epoch: number;
  /** Transaction that recorded the event (a 64-bit number as text). */
  readonly xid: string;
  /** UUID of the event. */
  readonly id: string;
}

/** What a reader that follows the log has got. */
export interface FollowedEvents {
  readonly events: readonly RecordedEvent[];
  /** Events have been recorded beside transactions that are older and still running. */
  readonly unsettled: boolean;
}

/** Reads what was recorded, in an order that never changes and in which nothing appears late. */
export interface EventReader {
  /**
   * Events after the cursor, oldest first. Events of a transaction appear once every transaction that began before
   * it has ended, so that a cursor never jumps over one.
   */
  after(tenantId: string, cursor: EventCursor, limit: number): Promise<readonly RecordedEvent[]>;
  /**
   * The same for who follows live: also whether there may be events already that cannot be read yet. Nobody tells when
   * they can be, so that the reader has to look again soon.
   */
  follow(tenantId: string, cursor: EventCursor, limit: number): Promise<FollowedEvents>;
  /** The place after everything that can be read now. */
  end(tenantId: string): Promise<EventCursor>;
}

/** Writes events in the transaction of the change that they tell of: both are there, or neither is. */
export interface Recorder<Transaction> {
  record(transaction: Transaction, tenantId: string, events: readonly NewEvent[]): Promise<void>;
}
