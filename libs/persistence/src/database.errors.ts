import { COMMON_ERRORS, DomainError } from '#libs/kernel';

// Connection failures and shutdowns of the server: PostgreSQL classes 08 and 57P, and what sockets report.
const UNREACHABLE = /^(08|57P|53300)|^(ECONN|EPIPE|ENOENT|ETIMEDOUT|EHOSTUNREACH|ENOTFOUND)/;
const UNREACHABLE_TEXT = /connection terminated|timeout exceeded when trying to connect|client was closed|is not queryable/i;

/** Whether the database could not be reached or went away: nothing is wrong with the statement. */
export function isUnreachable(error: unknown): boolean {
  if (error instanceof DomainError) return error.code === 'unavailable';
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? String(error.code) : '';
  return UNREACHABLE.test(code) || UNREACHABLE_TEXT.test(error.message);
}

/** The five-character SQLSTATE of a PostgreSQL error, or undefined. */
export function sqlState(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.length === 5
    ? error.code
    : undefined;
}

/** Turns a lost connection into `unavailable`; gives any other error back as it is. */
export function translate(error: unknown): unknown {
  if (error instanceof DomainError || !isUnreachable(error)) return error;
  return COMMON_ERRORS.make('unavailable', { detail: 'The database cannot be reached right now.', cause: error });
}
