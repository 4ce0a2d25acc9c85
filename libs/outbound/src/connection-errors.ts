import { errors } from 'undici';
import { OutboundFailure } from './failure.js';

/** Codes of Node's TLS that say that the other side is not who it claims to be. */
const CERTIFICATE = /^(?:CERT_|ERR_TLS_CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|HOSTNAME_MISMATCH|INVALID_CA)/;

function codeOf(error: unknown): string {
  // Several addresses were tried: the first error stands for the others.
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

const SENTENCES: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'Nothing listens at that host and port.',
  ECONNRESET: 'The server cut the connection.',
  EPIPE: 'The server cut the connection.',
  UND_ERR_SOCKET: 'The server cut the connection.',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'The response ended too early.',
  EHOSTUNREACH: 'The host cannot be reached from here.',
  ENETUNREACH: 'The host cannot be reached from here.',
  ETIMEDOUT: 'The host does not answer.',
  UND_ERR_CONNECT_TIMEOUT: 'The host does not answer.',
};

/** What an error of the connection or of undici means to whoever asked. Addresses that were tried are not told. */
export function failureOf(error: unknown): OutboundFailure {
  if (error instanceof OutboundFailure) return error;
  const code = codeOf(error);
  if (CERTIFICATE.test(code)) {
    const text = `The server’s certificate is not accepted (${code}). Have it corrected; it is not passed over.`;
    return new OutboundFailure('certificate_invalid', text, { cause: error });
  }
  if (code === 'EPROTO' || code.startsWith('ERR_SSL_')) {
    const text = 'The server does not speak TLS at that port. Correct the port, or use `http://`.';
    return new OutboundFailure('connection_failed', text, { cause: error });
  }
  if (code === 'UND_ERR_HEADERS_OVERFLOW') {
    return new OutboundFailure('response_too_large', 'The headers of the response are too large.', { cause: error });
  }
  if (error instanceof errors.HTTPParserError) {
    return new OutboundFailure('response_invalid', 'What the server sends is no HTTP response.', { cause: error });
  }
  const sentence = SENTENCES[code] ?? 'The connection failed.';
  return new OutboundFailure('connection_failed', `${sentence} Try again a little later.`, {
    retryable: true,
    cause: error,
  });
}
