import { EVENTS, type EventCursor, type EventReader, type RecordedEvent } from '#libs/events';
import { encodeCursor } from '#libs/http';
import type { Permission } from '#libs/policy';
import { type Batch, type Feed, PAGE_ROWS } from './feed.js';
import { eventView } from './live.schemas.js';
import { eventFrame, positionFrame } from './sse.js';
import type { Topic } from './topic.js';

/** The events of a tenant, as far as the reader may see them. It never ends. */
export class TenantFeed implements Feed {
  readonly topic: string;

  constructor(
    private readonly events: EventReader,
    private readonly tenantId: string,
    /** The last event that the reader has; without it the stream begins at the end of the log. */
    private cursor: EventCursor | undefined,
  ) {
    this.topic = `tenant/${tenantId}`;
  }

  async read(topic: Topic, permissions: ReadonlySet<Permission>): Promise<Batch> {
    const { tenantId, cursor } = this;
    if (!cursor) return this.begin();
    const { events, unsettled } = await topic.share(cursorId(cursor), () =>
      this.events.follow(tenantId, cursor, PAGE_ROWS),
    );
    this.cursor = events.at(-1)?.cursor ?? cursor;
    const isFull = events.length === PAGE_ROWS;
    return { frames: framesOf(events, permissions), next: isFull ? 'more' : unsettled ? 'soon' : 'waiting' };
  }

  // The client is told where it stands before anything has happened, so that it can come back to just there.
  private async begin(): Promise<Batch> {
    this.cursor = await this.events.end(this.tenantId);
    return { frames: [positionFrame(cursorId(this.cursor))], next: 'more' };
  }
}

function framesOf(events: readonly RecordedEvent[], permissions: ReadonlySet<Permission>): string[] {
  const isVisible = ({ type }: RecordedEvent): boolean => maySee(type, permissions);
  const frames = events
    .filter(isVisible)
    .map((event) => eventFrame(cursorId(event.cursor), event.type, eventView(event)));
  const last = events.at(-1);
  // What was passed over need not be read again by who comes back.
  return last && !isVisible(last) ? [...frames, positionFrame(cursorId(last.cursor))] : frames;
}

// The log may hold types of a later version, of which this one does not know who may see them.
function maySee(type: string, permissions: ReadonlySet<Permission>): boolean {
  const definition = Object.hasOwn(EVENTS, type) ? EVENTS[type as keyof typeof EVENTS] : undefined;
  return definition !== undefined && permissions.has(definition.permission);
}

function cursorId({ epoch, xid, id }: EventCursor): string {
  return encodeCursor([epoch, xid, id]);
}
