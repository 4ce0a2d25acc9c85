import { isIP } from 'node:net';
import { OutboundFailure } from './failure.js';

/** Longer ones are refused by many servers; RFC 9110, section 4.1, asks to support 8,000. */
const MAX_URL_LENGTH = 8192;

/** Where a request goes, as far as its URL says. */
export interface Target {
  readonly url: URL;
  /** In lower case, without the trailing dot of a name and the brackets of an IPv6 address. */
  readonly host: string;
  readonly isAddress: boolean;
  readonly port: number;
}

/**
 * Why a text is no URL that can be requested, as the end of a sentence that begins with its name; or undefined. Parsing
 * is that of the WHATWG URL standard, which is also what connects later: hosts in decimal, octal, hex, full-width or
 * percent-encoded form come out as the address that they mean.
 */
export function checkUrl(text: string): string | undefined {
  if (text.length > MAX_URL_LENGTH) return `is longer than ${MAX_URL_LENGTH} characters: shorten it.`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url) return 'is no absolute URL: write it like `https://example.com/path`.';
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return 'must begin with `http://` or `https://`.';
  if (url.username !== '' || url.password !== '') {
    return 'holds a user name or password: send credentials in a header instead.';
  }
  if (url.hostname.split('.').slice(0, -1).includes('')) return 'has a host name with an empty part: correct it.';
  return undefined;
}

/** The target of a URL; throws `url_invalid`. */
export function targetOf(text: string): Target {
  const problem = checkUrl(text);
  if (problem !== undefined) throw new OutboundFailure('url_invalid', `The URL ${problem}`);
  const url = new URL(text);
  url.hash = '';
  const host = url.hostname
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
    .toLowerCase();
  const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
  return { url, host, isAddress: isIP(host) !== 0, port };
}
