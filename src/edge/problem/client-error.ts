import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { PROBLEM_MEDIA_TYPE } from '#libs/http';
import { newId } from '#libs/kernel';
import { toProblem } from './to-problem.js';

/**
 * Answers what Node's HTTP parser could not read: there is no request yet, only a socket. Written by hand for that
 * reason, and closed, since where the next request would begin is unknown.
 */
export function answerClientError(error: Error, socket: Socket, publicUrl: string): void {
  const isGone = socket.destroyed || ('code' in error && error.code === 'ECONNRESET');
  if (isGone || !socket.writable) {
    socket.destroy();
    return;
  }
  const requestId = newId();
  const isKnown = 'code' in error && /^(HPE_|ERR_HTTP)/.test(String(error.code));
  const thrown = isKnown ? Object.assign(error, { name: 'FastifyError', statusCode: 400 }) : error;
  const { document } = toProblem(thrown, requestId, publicUrl);
  const body = JSON.stringify(document);
  socket.end(
    [
      `HTTP/1.1 ${document.status} ${STATUS_CODES[document.status] ?? 'Error'}`,
      `Content-Type: ${PROBLEM_MEDIA_TYPE}`,
      `Content-Length: ${Buffer.byteLength(body)}`,
      `X-Request-ID: ${requestId}`,
      'Connection: close',
      '',
      body,
    ].join('\r\n'),
  );
}
