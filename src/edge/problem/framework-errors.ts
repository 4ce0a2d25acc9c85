import { HttpException } from '@nestjs/common';
import { HTTP_ERRORS } from '#libs/http';
import { DomainError } from '#libs/kernel';

type HttpCode = keyof typeof HTTP_ERRORS.definitions;

// What Fastify and Node refuse by themselves, and what it is called here.
const CODES: Readonly<Record<string, readonly [code: HttpCode, detail: string]>> = {
  FST_ERR_BAD_URL: ['route_not_found', 'The path is not well-formed, so it names nothing.'],
  FST_ERR_MAX_PARAM_LENGTH: ['route_not_found', 'A part of the path is too long to name anything.'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [
    'unsupported_media_type',
    'The `Content-Type` is not a media type such as application/json.',
  ],
  FST_ERR_CTP_BODY_TOO_LARGE: ['body_too_large', 'The body is larger than this route accepts.'],
  ERR_HTTP_REQUEST_TIMEOUT: ['request_timeout', 'The request did not arrive in time.'],
  HPE_HEADER_OVERFLOW: ['headers_too_large', 'The request line and the headers exceed 16 KiB.'],
};

/**
 * Turns whatever was thrown into a DomainError: ours as it is, the framework's refusals by name, and anything else
 * into `internal_error`, which tells the caller nothing.
 */
export function toDomainError(thrown: unknown): DomainError {
  if (thrown instanceof DomainError) return thrown;
  const error = thrown instanceof HttpException && thrown.cause !== undefined ? thrown.cause : thrown;
  if (error instanceof DomainError) return error;
  const known = CODES[codeOf(error)];
  if (known) return HTTP_ERRORS.make(known[0], { detail: known[1], cause: error });
  if (isAborted(error)) {
    const detail = 'The connection broke before the body was complete.';
    return HTTP_ERRORS.make('bad_request', { detail, cause: error });
  }
  const status = statusOfFrameworkError(thrown);
  if (status === 404) return HTTP_ERRORS.make('route_not_found', 'There is no such path in this API.');
  if (status !== undefined && status >= 400 && status < 500) {
    return HTTP_ERRORS.make('bad_request', { detail: 'The request is not a well-formed HTTP request.', cause: error });
  }
  return HTTP_ERRORS.make('internal_error', { detail: 'Something went wrong on our side.', cause: thrown });
}

// What Node makes of a request whose sender goes away: whoever reads the body meets it. No socket call is named in it.
function isAborted(error: unknown): boolean {
  return error instanceof Error && error.message === 'aborted' && codeOf(error) === 'ECONNRESET';
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

function statusOfFrameworkError(error: unknown): number | undefined {
  if (error instanceof HttpException) return error.getStatus();
  const isFastify = error instanceof Error && error.name === 'FastifyError' && 'statusCode' in error;
  return isFastify ? Number(error.statusCode) : undefined;
}
