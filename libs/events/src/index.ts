export { EVENTS, type EventCategory, type EventOutcome, type EventSeverity, type EventType } from './catalogue.js';
export type {
  EventCursor,
  EventReader,
  FollowedEvents,
  NewEvent,
  RecordedEvent,
  Recorder,
  ResourceKind,
} from './event.js';
