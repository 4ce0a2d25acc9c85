import { HTTP_ERRORS } from '#libs/http';
import type { Check } from './check.js';

/**
 * Refuses what Node would refuse by itself with no word of explanation: HTTP/1.1 without `Host` (RFC 9112, section
 * 3.2), and an expectation that no server meets (RFC 9110, section 10.1.1).
 */
export const refuseBadFraming: Check = ({ raw, headers }) => {
  if (raw.httpVersion === '1.1' && headers.host === undefined) {
    throw HTTP_ERRORS.make('bad_request', 'The request has no `Host` header.');
  }
  const { expect } = headers;
  if (expect !== undefined && !/^100-continue$/i.test(expect)) {
    throw HTTP_ERRORS.make('bad_request', 'The `Expect` header may only be 100-continue.');
  }
};
