import { defineErrors } from './errors.js';

/** Errors that belong to no single module. */
export const COMMON_ERRORS = defineErrors({
  invalid_input: {
    title: 'The input is not valid',
    cause: 'A field of the body, the query or a header is missing, unknown, or has a value that is not allowed.',
    remedy: 'Each entry of `errors` names a path and what is expected there. Correct those and send it again.',
  },
  not_found: {
    title: 'Not found',
    cause: 'There is no such thing, or it belongs to a tenant that this credential does not reach. Both look the same.',
    remedy: 'Check the id, its prefix, and that the credential belongs to the right tenant.',
  },
  unavailable: {
    title: 'Not available right now',
    cause: 'Something the answer needs (mostly the database) cannot be reached, or the program is stopping.',
    remedy: 'Send the request again after a short wait. An `Idempotency-Key` makes that safe for creations.',
  },
});
