import { defineErrors } from '#libs/kernel';

/** What can go wrong between the socket and a use case. */
export const HTTP_ERRORS = defineErrors({
  unauthenticated: {
    title: 'A credential is needed',
    cause: 'The request carries no credential, and the route is not public.',
    remedy: 'Send an API key in `X-API-Key`, or a key or token as `Authorization: Bearer …`.',
  },
  permission_denied: {
    title: 'Not permitted',
    cause: 'The credential is good, but lacks a permission that the route needs.',
    remedy: 'The detail names the permission. Use a credential that has it, or have its owner or scopes changed.',
  },
  route_undeclared: {
    title: 'The route declares no permission',
    cause: 'A route of this installation says neither that it is public nor what it requires, so nobody may call it.',
    remedy: 'This is a defect of the program. Report it with the request id.',
  },
  tenant_mismatch: {
    title: 'The tenants named do not agree',
    cause: '`X-Tenant-ID` or a second credential names another tenant than the credential belongs to.',
    remedy: 'Leave out `X-Tenant-ID`, or send the id of the tenant of the credential.',
  },
  route_not_found: {
    title: 'No such route',
    cause: 'The path is none of this API.',
    remedy: 'Compare the path with the API reference at /docs.',
  },
  method_not_allowed: {
    title: 'The method is not allowed here',
    cause: 'The path exists, but not with this method.',
    remedy: 'Use one of the methods in the `Allow` header.',
  },
  invalid_json: {
    title: 'The body is not valid JSON',
    cause: 'The body is not UTF-8, is no JSON, or is nested too deeply.',
    remedy: 'Send one JSON value in UTF-8 with at most 200 levels of nesting.',
  },
  body_too_large: {
    title: 'The body is too large',
    cause: 'The body is larger than the route accepts.',
    remedy: 'Send less, or upload large content as a file first and name its id. The detail gives the limit.',
  },
  unsupported_media_type: {
    title: 'The media type is not supported',
    cause: 'The route takes JSON or the bytes of a file, and the body says that it is something else or is compressed.',
    remedy:
      'Send `Content-Type: application/json`, or a file as it is (`curl --data-binary @file`), and no `Content-Encoding`.',
  },
  bad_request: {
    title: 'The request cannot be understood',
    cause:
      'The request breaks the rules of HTTP: a malformed header, a body shorter than it says, a broken connection.',
    remedy: 'Check the client or the proxy in between; a maintained HTTP library does not send such requests.',
  },
  request_timeout: {
    title: 'The request took too long to arrive',
    cause: 'The connection was open, but the request was not complete in time.',
    remedy: 'Send the request again, over a better connection or in smaller parts.',
  },
  headers_too_large: {
    title: 'The headers are too large',
    cause: 'The request line and the headers together exceed 16 KiB.',
    remedy: 'Send fewer or shorter headers; long values belong in the body.',
  },
  idempotency_conflict: {
    title: 'The idempotency key was used for another request',
    cause: 'Within the last 24 hours the same key came with another method, path or body.',
    remedy: 'Use a new key for a new request; send the same key only with the very same body.',
  },
  idempotency_in_progress: {
    title: 'The first request with this key is still running',
    cause: 'A request with the same idempotency key has not been answered yet.',
    remedy: 'Wait for the number of seconds in `Retry-After` and send the same request again.',
  },
  internal_error: {
    title: 'Something went wrong on our side',
    cause: 'A defect, or a part of the installation that does not work. The log has the details under the request id.',
    remedy: 'Try again; if it stays, give the request id to whoever runs this installation.',
  },
});
