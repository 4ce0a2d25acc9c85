import { COMMON_ERRORS, DomainError } from '#libs/kernel';

// Connection failures and shutdowns of the server: PostgreSQL classes 08 and 57P, and 53300 for too many connections.
const REFUSED_BY_SERVER = /^(08...|57P..|53300)$/;
// What sockets report. Files fail with some of the same codes, but in other calls.
const BROKEN_SOCKET = /^(ECONN|EPIPE|ENOENT|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND)/;
const SOCKET_CALL = /^(connect|read|write|getaddrinfo)$/;
const UNREACHABLE_TEXT =
  /connection terminated|timeout exceeded when trying to connect|client was closed|is not queryable|query read timeout/i;

/** Whether the database could not be reached or went away: nothing is wrong with the statement. */
export function isUnreachable(error: unknown): boolean {
  if (error instanceof DomainError) return error.code === 'unavailable';
  // A name with several addresses fails as a whole, with the errors of each.
  if (error instanceof AggregateError) return isUnreachable(error.errors[0]);
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? String(error.code) : '';
  const call = 'syscall' in error ? String(error.syscall) : '';
  return (
    REFUSED_BY_SERVER.test(code) ||
    (BROKEN_SOCKET.test(code) && SOCKET_CALL.test(call)) ||
    UNREACHABLE_TEXT.test(error.message)
  );
}

/** The five-character SQLSTATE of a PostgreSQL error, or undefined. */
export function sqlState(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.length === 5
    ? error.code
    : undefined;
}

/** Turns a lost connection into `unavailable`; gives any other error back as it is. */
export function translate(error: unknown): unknown {
  return error instanceof DomainError || !isUnreachable(error) ? error : unavailable(error);
}

/** What a lost connection is to the caller of the API. */
export function unavailable(cause: unknown): DomainError {
  return COMMON_ERRORS.make('unavailable', { detail: 'The database cannot be reached right now.', cause });
}
