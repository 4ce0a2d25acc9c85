import { excerpt } from '#libs/kernel';
import { OutboundFailure } from './failure.js';
import { bodilessHeaders, harmlessHeaders } from './headers.js';
import { checkUrl } from './targets.js';

/** One request of a chain of redirects. */
export interface Hop {
  readonly method: string;
  readonly url: string;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string | Uint8Array | undefined;
}

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Where a response redirects to, or undefined when it does not. */
export function redirectOf(status: number, location: string | undefined): string | undefined {
  return REDIRECTS.has(status) ? location : undefined;
}

function destination(from: string, location: string): URL {
  const url = URL.canParse(location, from) ? new URL(location, from) : undefined;
  const problem = url ? checkUrl(url.href) : 'is no URL.';
  if (!url || problem !== undefined) {
    throw new OutboundFailure('redirect_refused', `The server redirects to a place that ${problem}`);
  }
  if (url.protocol === 'http:' && new URL(from).protocol === 'https:') {
    throw new OutboundFailure(
      'redirect_refused',
      'The server redirects from https to http, where others could read along. Request the http URL if that is meant.',
    );
  }
  return url;
}

/** Whether the next request is a GET without body: the rules of the Fetch standard (HTTP-redirect fetch, step 12). */
function becomesGet(status: number, method: string): boolean {
  if (status === 303) return method !== 'GET' && method !== 'HEAD';
  return (status === 301 || status === 302) && method === 'POST';
}

/**
 * The request that follows a redirect. Another origin gets none of the headers that could hold a secret, and nothing but
 * GET and HEAD. Throws `redirect_refused` for other methods and schemes, for URLs with credentials, and from https to http.
 */
export function nextHop(hop: Hop, status: number, location: string): Hop {
  const url = destination(hop.url, location);
  const isSameOrigin = url.origin === new URL(hop.url).origin;
  const headers = isSameOrigin ? hop.headers : harmlessHeaders(hop.headers);
  if (!becomesGet(status, hop.method)) {
    if (!isSameOrigin && hop.method !== 'GET' && hop.method !== 'HEAD') throw elsewhere(hop.method, url);
    return { ...hop, url: url.href, headers };
  }
  return { method: 'GET', url: url.href, headers: bodilessHeaders(headers), body: undefined };
}

/** What somebody agreed to do in one place is not to be done in another, because the first one says so. */
function elsewhere(method: string, { origin }: URL): OutboundFailure {
  const text =
    `The server redirects the ${method} request to another origin, \`${excerpt(origin)}\`. Only GET and HEAD are ` +
    'followed there. Request the final URL if that is meant.';
  return new OutboundFailure('redirect_refused', text);
}
