import type { LookupAddress, LookupOptions } from 'node:dns';
import { Client, buildConnector } from 'undici';
import { failureOf } from './connection-errors.js';
import { decode, tooLarge } from './decode.js';
import { MAX_HEADER_BYTES, type ResponseHeaders, responseHeaders } from './headers.js';
import { type Hop, redirectOf } from './redirects.js';

/** How long one address may take to accept a connection. */
const CONNECT_MS = 10_000;

export interface ExchangeOptions {
  /** Checked addresses of the URL's host: the connection goes to one of them. */
  readonly addresses: readonly LookupAddress[];
  readonly maxBytes: number;
  /** Whether the body of a redirect is of no interest. */
  readonly follow: boolean;
  readonly signal: AbortSignal;
  /** Called once a connection stands. */
  readonly onConnected: () => void;
}

export interface Answer {
  readonly status: number;
  readonly headers: ResponseHeaders;
  readonly body: Buffer;
  /** Where a redirect leads; always undefined when redirects are not followed. */
  readonly location: string | undefined;
}

type LookupCallback = (error: Error | null, address: string | LookupAddress[], family?: number) => void;

/**
 * Connects to the given addresses, whatever the system would resolve the name to by now. An address in the URL needs
 * no look-up, so Node never calls this for one: it is checked before.
 */
function connectorFor(addresses: readonly LookupAddress[], signal: AbortSignal, onConnected: () => void) {
  const pinned = (_host: string, options: LookupOptions, callback: LookupCallback): void => {
    const [first] = addresses;
    if (options.all) callback(null, [...addresses]);
    else callback(null, first!.address, first!.family);
  };
  const connect = buildConnector({
    lookup: pinned,
    signal,
    timeout: CONNECT_MS,
    // Said, since the default is what NODE_TLS_REJECT_UNAUTHORIZED of the environment makes it.
    rejectUnauthorized: true,
    // TLS sessions and HTTP/2 connections outlive a request; nothing here may.
    allowH2: false,
    maxCachedSessions: 0,
  });
  const connector: buildConnector.connector = (options, callback) =>
    connect(options, (...result) => {
      if (result[0] === null) onConnected();
      callback(...result);
    });
  return connector;
}

async function readBody(body: AsyncIterable<Buffer>, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const textOf = (value: string | readonly string[] | undefined): string | undefined =>
  typeof value === 'string' ? value : undefined;

/** The headers of a body that was decompressed, without those that describe the compressed one. */
function withoutCoding(headers: ResponseHeaders): ResponseHeaders {
  const { 'content-encoding': _coding, 'content-length': _length, ...others } = headers;
  return others;
}

async function answerOf(client: Client, hop: Hop, options: ExchangeOptions): Promise<Answer> {
  const url = new URL(hop.url);
  const response = await client.request({
    method: hop.method,
    path: `${url.pathname}${url.search}`,
    headers: Object.fromEntries(hop.headers),
    body: hop.body ?? null,
    signal: options.signal,
  });
  const headers = responseHeaders(response.headers);
  const status = response.statusCode;
  const location = options.follow ? redirectOf(status, textOf(headers['location'])) : undefined;
  if (location !== undefined) {
    // The connection ends with this exchange, and the body with it.
    response.body.on('error', () => {});
    return { status, headers, body: Buffer.alloc(0), location };
  }
  const raw = await readBody(response.body as AsyncIterable<Buffer>, options.maxBytes);
  const coding = textOf(headers['content-encoding']);
  if (coding === undefined || raw.length === 0) return { status, headers, body: raw, location };
  return { status, headers: withoutCoding(headers), body: await decode(raw, coding, options.maxBytes), location };
}

/**
 * One request and its response, over a connection of its own that is gone afterwards: no later request finds it open
 * and skips the check. Proxies of the environment are not used: they would connect for us, unchecked.
 */
export async function exchange(hop: Hop, options: ExchangeOptions): Promise<Answer> {
  const ending = new AbortController();
  const signal = AbortSignal.any([options.signal, ending.signal]);
  const client = new Client(new URL(hop.url).origin, {
    connect: connectorFor(options.addresses, signal, options.onConnected),
    maxHeaderSize: MAX_HEADER_BYTES,
    // The caller's signal ends what takes too long, in whichever phase.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  try {
    return await answerOf(client, hop, options);
  } catch (error) {
    options.signal.throwIfAborted();
    throw failureOf(error);
  } finally {
    ending.abort();
    await client.destroy();
  }
}
