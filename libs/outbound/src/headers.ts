import { excerpt } from '#libs/kernel';
import { OutboundFailure } from './failure.js';

/** Names in lower case. Repeated fields are joined by `, ` (RFC 9110, section 5.3), but `set-cookie` is always a list. */
export type ResponseHeaders = Readonly<Record<string, string | readonly string[]>>;

/** Bytes of all header fields together, of requests as of responses. */
export const MAX_HEADER_BYTES = 16 * 1024;

/** RFC 9110, section 5.6.2. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** RFC 9110, section 5.5: visible ASCII, spaces and tabs between, and the bytes of ISO 8859-1. */
const VALUE = /^(?:[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?$/;

/** They belong to the connection or say where a message ends: the client sets them, or nobody does. */
const RESERVED: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** All that another origin gets after a redirect: any other field could hold a secret, whatever its name. */
const HARMLESS: ReadonlySet<string> = new Set([
  'accept',
  'accept-encoding',
  'accept-language',
  'cache-control',
  'content-language',
  'content-type',
  'idempotency-key',
  'range',
  'user-agent',
]);

/** Why a header cannot be sent, as the end of a sentence that begins with its name; or undefined. */
export function checkHeader(name: string, value: string): string | undefined {
  if (!TOKEN.test(name) || name === '__proto__') return 'is no name of a header (RFC 9110, section 5.1): correct it.';
  if (RESERVED.has(name.toLowerCase())) return 'is set by the client itself: leave it out.';
  if (!VALUE.test(value)) {
    return 'has a value with line breaks, control characters, characters beyond ISO 8859-1, or spaces around it: remove them.';
  }
  return undefined;
}

/** Headers of a request under lower-case names; throws `header_invalid`. */
export function requestHeaders(given: Readonly<Record<string, string>>): Map<string, string> {
  const headers = new Map<string, string>();
  let bytes = 0;
  for (const [name, value] of Object.entries(given)) {
    const problem = checkHeader(name, value);
    if (problem !== undefined)
      throw new OutboundFailure('header_invalid', `The header \`${excerpt(name)}\` ${problem}`);
    headers.set(name.toLowerCase(), value);
    bytes += name.length + value.length + 4;
  }
  if (bytes <= MAX_HEADER_BYTES) return headers;
  throw new OutboundFailure('header_invalid', `The headers have more than ${MAX_HEADER_BYTES} bytes: shorten them.`);
}

/** What of the headers another origin may see. */
export function harmlessHeaders(headers: ReadonlyMap<string, string>): Map<string, string> {
  return new Map([...headers].filter(([name]) => HARMLESS.has(name)));
}

/** The headers without those that describe a body. */
export function bodilessHeaders(headers: ReadonlyMap<string, string>): Map<string, string> {
  return new Map([...headers].filter(([name]) => !name.startsWith('content-')));
}

/** The headers as undici gives them, in the form of this library. */
export function responseHeaders(raw: Readonly<Record<string, string | string[] | undefined>>): ResponseHeaders {
  const headers = Object.entries(raw).flatMap(([name, value]): [string, string | readonly string[]][] => {
    // As a key it would reach the prototype of whoever copies the headers.
    if (value === undefined || name === '__proto__') return [];
    const values = typeof value === 'string' ? [value] : value;
    return [[name.toLowerCase(), name.toLowerCase() === 'set-cookie' ? values : values.join(', ')]];
  });
  return Object.fromEntries(headers);
}
