import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { DEFAULT_BODY_LIMIT, HTTP_ERRORS } from '#libs/http';
import { parseJson } from './parse-json.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** SHA-256 of the raw body in hexadecimal, where the request carries an idempotency key. */
    bodyDigest: string | undefined;
  }
}

/**
 * The one way in which bodies come in: a raw upload is handed on as a stream, JSON is read up to the route's limit
 * and parsed, anything else is refused.
 */
export function installBodyParser(server: FastifyInstance): void {
  server.decorateRequest('bodyDigest', undefined);
  server.addHook('onRoute', (route) => {
    const limit = route.config?.declaration?.bodyLimit;
    if (limit !== undefined) route.bodyLimit = limit;
  });
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', async (request: FastifyRequest, payload: IncomingMessage) => {
    const limit = request.routeOptions.bodyLimit ?? DEFAULT_BODY_LIMIT;
    refuseDeclaredLength(request, limit);
    if (request.routeOptions.config.declaration?.rawUpload) {
      refuseWrapped(request);
      return payload;
    }
    refuseOtherMediaTypes(request);
    const body = await readAll(payload, limit);
    if (request.headers['idempotency-key'] !== undefined) {
      request.bodyDigest = createHash('sha256').update(body).digest('hex');
    }
    return body.length === 0 ? undefined : parseJson(body);
  });
}

function refuseDeclaredLength(request: FastifyRequest, limit: number): void {
  if (Number(request.headers['content-length']) > limit) throw tooLarge(limit);
}

function tooLarge(limit: number): Error {
  return HTTP_ERRORS.make('body_too_large', `The body exceeds the ${limit} bytes that this route accepts.`);
}

const JSON_TYPE = /^application\/(?:[\w.!#$&^+-]+\+)?json$/i;

function refuseOtherMediaTypes(request: FastifyRequest): void {
  const [type = '', ...parameters] = (request.headers['content-type'] ?? '').split(';').map((part) => part.trim());
  const charset = parameters.find((parameter) => /^charset=/i.test(parameter))?.slice('charset='.length);
  const encoding = request.headers['content-encoding'] ?? 'identity';
  const isReadable = JSON_TYPE.test(type) && /^"?utf-?8"?$/i.test(charset ?? 'utf-8') && encoding === 'identity';
  if (isReadable) return;
  const given =
    type === '' ? 'no media type' : `"${type}"${encoding === 'identity' ? '' : ` encoded as "${encoding}"`}`;
  throw HTTP_ERRORS.make(
    'unsupported_media_type',
    `The body has ${given}; this route takes application/json in UTF-8.`,
  );
}

// What is uploaded is kept as it comes: a form around it, or a compression, would become part of the file.
function refuseWrapped(request: FastifyRequest): void {
  const { 'content-type': type = '', 'content-encoding': encoding = 'identity' } = request.headers;
  const isForm = /^\s*multipart\//i.test(type);
  if (!isForm && /^identity$/i.test(encoding)) return;
  const wrapping = isForm ? `a form (${type.split(';')[0]})` : `encoded as "${encoding}"`;
  throw HTTP_ERRORS.make(
    'unsupported_media_type',
    `The body is ${wrapping}; this route takes the bytes of the file alone, as \`curl --data-binary @file\` sends them.`,
  );
}

async function readAll(payload: IncomingMessage, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  // Not `for await`: leaving the loop early would destroy the socket before the refusal is written.
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const onData = (chunk: Buffer): void => {
    length += chunk.length;
    if (length <= limit) chunks.push(chunk);
    else reject(tooLarge(limit));
  };
  payload.on('data', onData);
  payload.once('end', () => resolve(Buffer.concat(chunks, Math.min(length, limit))));
  payload.once('error', reject);
  payload.once('close', () =>
    reject(HTTP_ERRORS.make('bad_request', 'The connection broke before the body was complete.')),
  );
  try {
    return await promise;
  } finally {
    payload.off('data', onData);
  }
}
