/**
 * The one map from error codes to HTTP statuses. A code that is missing here is answered as 500, and a test fails:
 * every code of the catalogues has a status, and every code here is in a catalogue.
 */
const STATUS_OF: Readonly<Record<string, number>> = {
  // common
  invalid_input: 400,
  not_found: 404,
  unavailable: 503,

  // from the socket to the use case
  bad_request: 400,
  invalid_json: 400,
  tenant_mismatch: 400,
  unauthenticated: 401,
  permission_denied: 403,
  route_undeclared: 403,
  route_not_found: 404,
  method_not_allowed: 405,
  request_timeout: 408,
  idempotency_conflict: 409,
  idempotency_in_progress: 409,
  body_too_large: 413,
  unsupported_media_type: 415,
  headers_too_large: 431,
  internal_error: 500,

  // tenants
  tenant_suspended: 403,
  tenant_inactive: 403,

  // API keys
  credentials_differ: 400,
  api_key_malformed: 401,
  api_key_invalid: 401,
  api_key_expired: 401,
  api_key_revoked: 401,
  api_key_suspended: 401,
  api_key_owner_inactive: 401,

  // live streams
  too_many_live_streams: 429,
  live_streams_exhausted: 503,

  // goals, tools and files
  model_required: 400,
  file_unknown: 400,
  invalid_playbook: 400,
  already_started: 409,
  not_final: 409,
  nothing_to_retry: 409,
  history_too_large: 422,
  goal_final: 409,
  transition_refused: 409,
  approval_decided: 409,
  approval_expired: 409,
  nothing_pending: 409,
  several_pending: 409,
  own_request: 403,
  playbook_name_taken: 409,
  playbook_exists: 409,
  playbook_built_in: 409,
  playbook_limit: 409,
  tool_name_taken: 409,
  tool_name_in_use: 409,
  tool_built_in: 409,
  tool_limit: 409,
  tool_call_failed: 422,
  file_too_large: 413,
  file_content_missing: 410,
};

/** The HTTP status of an error code, or undefined for a code that has none. */
export function statusOf(code: string): number | undefined {
  return Object.hasOwn(STATUS_OF, code) ? STATUS_OF[code] : undefined;
}

/** All codes that have a status. */
export const CODES_WITH_STATUS: readonly string[] = Object.keys(STATUS_OF);
