import type { RecordedEvent, ResourceKind } from '#libs/events';
import { formatTime } from '#libs/http';
import { type IdPrefix, type JsonObject, publicId } from '#libs/kernel';
import { z } from 'zod';

/** Query of both streams. */
export const resumeQuery = z.strictObject({
  last_event_id: z
    .string()
    .max(200)
    .optional()
    .meta({ description: 'Instead of the header `Last-Event-ID`, for clients that cannot set it.' }),
});

const PREFIX_OF: Readonly<Record<ResourceKind, IdPrefix>> = {
  goal: 'goal',
  file: 'file',
  tenant: 'ten',
  api_key: 'key',
  user: 'usr',
};

/** An event as the stream of a tenant tells it. */
export interface EventView {
  readonly id: string;
  readonly type: string;
  readonly at: string;
  readonly actor: JsonObject;
  readonly resource: { readonly kind: string; readonly id: string } | null;
  readonly data: JsonObject | null;
  readonly request_id: string | null;
}

/** The event as it goes out. */
export function eventView(event: RecordedEvent): EventView {
  const { type, actor, resource, data, requestId } = event;
  return {
    id: publicId('evt', event.id),
    type,
    at: formatTime(event.at),
    actor,
    resource: resource && { kind: resource.kind, id: publicId(PREFIX_OF[resource.kind], resource.id) },
    data,
    request_id: requestId,
  };
}

/** What a client of a goal's stream receives. */
export const goalStreamExample = `: open
retry: 2000

id: 1
event: goal.transition
data: {"seq":1,"at":"2026-12-01T08:30:00.000Z","type":"goal.transition","from":"IDLE","to":"RECEIVED","actor":{"kind":"api_key","id":"ak_0123456789ab","name":"nightly reports"},"reason":null,"data":null}

id: 2
event: task.completed
data: {"seq":2,"at":"2026-12-01T08:30:00.120Z","type":"task.completed","from":null,"to":null,"actor":{"kind":"worker","id":"wrk_01k6kf32j03gtsmcptzwhav9c0","name":"worker"},"reason":null,"data":{"task_id":"task_01k6kf32j03gtsmcptzwhav9c1","key":"load","attempt":1}}

`;

/** What a client of a tenant's stream receives. */
export const tenantStreamExample = `: open
retry: 2000

id: WzEsIjc0MSIsIjAxOTllNmYxLThhNDAtN2MzNS05YjJlLTRkNWY2MDcxODI5MyJd

id: WzEsIjc0NSIsIjAxOTllNmYxLThiNTItNzAwMS04ZTFhLTAwMDAwMDAwMDAwMSJd
event: goal.completed
data: {"id":"evt_01k6kf32tj0003w6g000000001","type":"goal.completed","at":"2026-12-01T08:30:00.200Z","actor":{"kind":"worker","id":"wrk_01k6kf32j03gtsmcptzwhav9c0","name":"worker"},"resource":{"kind":"goal","id":"goal_01k6kf32j03gtsmcptzwhav9c2"},"data":{"state":"COMPLETED","error":null},"request_id":null}

: beat

`;
