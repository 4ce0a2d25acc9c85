import { findContext } from '#libs/context';
import { EVENTS, type NewEvent } from '#libs/events';
import { newId } from '#libs/kernel';

/**
 * The columns of an event that its author determines, as JSON for `json_to_recordset`. `requestId` is that of the
 * current request, unless somebody else writes on behalf of several.
 */
export function eventRow(tenantId: string, event: NewEvent, requestId = findContext()?.requestId ?? null) {
  const { category, severity, outcome } = EVENTS[event.type];
  return {
    tenant_id: tenantId,
    id: newId(),
    type: event.type,
    category,
    severity,
    outcome,
    actor: event.actor,
    resource_kind: event.resource?.kind ?? null,
    resource_id: event.resource?.id ?? null,
    request_id: requestId,
    data: event.data,
  };
}

const COLUMNS = `tenant_id, id, type, category, severity, outcome, actor, resource_kind, resource_id, request_id, data`;

/** The rows of a JSON parameter as a relation `e`. */
function eventInput(parameter: string): string {
  return `json_to_recordset(${parameter}::json) as e(tenant_id uuid, id uuid, type text, category text, severity text,
    outcome text, actor json, resource_kind text, resource_id uuid, request_id text, data json)`;
}

/** Inserts the events of a JSON parameter. `join` may hold them to rows that the same statement has written. */
export function insertEvents(parameter: string, join = ''): string {
  return `insert into event (${COLUMNS}) select ${COLUMNS.replaceAll(/\b(\w+)/g, 'e.$1')} from ${eventInput(parameter)} ${join}`;
}
