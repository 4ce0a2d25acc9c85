import type { Problem } from '#libs/http';
import { DomainError } from '#libs/kernel';
import { toDomainError } from './framework-errors.js';
import { statusOf } from './status-of.js';

/** An error, ready to be answered and logged. */
export interface ProblemAnswer {
  readonly error: DomainError;
  readonly document: Problem;
  /** Headers that go with it. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Makes the problem document (RFC 9457) of whatever was thrown. */
export function toProblem(thrown: unknown, requestId: string, publicUrl: string): ProblemAnswer {
  const error = withStatus(toDomainError(thrown));
  const status = statusOf(error.code) ?? 500;
  const standard = {
    type: `${publicUrl}/docs/errors#${error.code}`,
    title: error.title,
    status,
    detail: error.detail,
    code: error.code,
    request_id: requestId,
    ...(error.issues ? { errors: error.issues.map(({ path, message }) => ({ path, message })) } : {}),
  };
  // The standard members come first to be read, and last to prevail.
  const document = { ...standard, ...error.extensions, ...standard };
  return { error, document, headers: headersOf(status, error.extensions) };
}

// A code without a status is a defect of ours, not an answer for the caller.
function withStatus(error: DomainError): DomainError {
  return statusOf(error.code) === undefined
    ? toDomainError(new Error(`no status for the code ${error.code}`, { cause: error }))
    : error;
}

function headersOf(status: number, extensions: Readonly<Record<string, unknown>> | undefined): Record<string, string> {
  const wait = extensions?.['retry_after_seconds'] ?? (status === 503 ? 5 : undefined);
  return {
    ...(status === 401 ? { 'www-authenticate': 'Bearer realm="Agent Village"' } : {}),
    ...(typeof wait === 'number' ? { 'retry-after': String(Math.ceil(wait)) } : {}),
  };
}
