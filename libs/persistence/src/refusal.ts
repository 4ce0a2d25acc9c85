import { COMMON_ERRORS, DomainError } from '#libs/kernel';
import { sqlState } from './database.errors.js';

// SQLSTATE classes of PostgreSQL, appendix A: bad data, a broken constraint, a statement that is wrong or may not be
// run, and what is beyond the limits of the server.
const REFUSED = /^(22|23|42|54)/;

/** Whether what was written is at fault, so that writing it again would fail again. */
export function isRefusal(error: unknown): boolean {
  // What cannot be made into JSON at all, or into a text that is too long, does not even reach the database.
  return error instanceof TypeError || error instanceof RangeError || REFUSED.test(sqlState(error) ?? '');
}

/**
 * What a failed write is to somebody who may write it again: a refusal as it is, and everything else `unavailable`. A
 * full disk, a deadlock or a server that is read-only for a while are over one day, and were nobody's fault.
 */
export function refusedOrUnavailable(error: unknown): unknown {
  if (error instanceof DomainError || isRefusal(error)) return error;
  return COMMON_ERRORS.make('unavailable', { detail: 'The database cannot store anything right now.', cause: error });
}
