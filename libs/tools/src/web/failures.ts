import { OutboundFailure, type OutboundFailureCode } from '#libs/outbound';
import { ToolFailure } from '../tool-failure.js';
import type { ToolFailureCode } from '../tool-failures.js';

/** What a failure of the client is called among those of tools. */
const CODES: Readonly<Record<OutboundFailureCode, ToolFailureCode>> = {
  url_invalid: 'invalid_arguments',
  header_invalid: 'invalid_arguments',
  address_blocked: 'address_blocked',
  host_not_found: 'host_not_found',
  connection_failed: 'connection_failed',
  certificate_invalid: 'certificate_invalid',
  response_invalid: 'response_invalid',
  response_too_large: 'response_too_large',
  outbound_timeout: 'tool_timeout',
  too_many_redirects: 'redirect_refused',
  redirect_refused: 'redirect_refused',
  outbound_closed: 'connection_failed',
};

/** After these nobody knows what the server has done: there was no answer, or none that could be read to its end. */
const SILENT: ReadonlySet<OutboundFailureCode> = new Set([
  'connection_failed',
  'outbound_timeout',
  'outbound_closed',
  'response_invalid',
  'response_too_large',
]);

/**
 * A failed request as the failure of a tool. `repeatable` says whether the request may be made twice: if not, and the
 * server may have acted on it, the failure says so instead of inviting another try.
 */
export function toolFailureOf(error: unknown, repeatable: boolean): unknown {
  if (!(error instanceof OutboundFailure)) return error;
  if (!repeatable && error.sent && SILENT.has(error.code)) {
    return new ToolFailure(
      'outcome_uncertain',
      `The request was sent, but there was no answer that could be read: ${firstSentence(error.message)}`,
      { uncertain: true, cause: error },
    );
  }
  return new ToolFailure(CODES[error.code], error.message, {
    retryable: error.retryable,
    violation: error.code === 'address_blocked',
    cause: error,
  });
}

/** What happened, without the advice to try again that follows it. */
function firstSentence(text: string): string {
  const end = text.indexOf('. ');
  return end < 0 ? text : text.slice(0, end + 1);
}
