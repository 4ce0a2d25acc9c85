import { AllowList } from './allow-list.js';
import { failureOf } from './connection-errors.js';
import { ACCEPTED_CODINGS } from './decode.js';
import { type Answer, exchange } from './exchange.js';
import { OutboundFailure } from './failure.js';
import { AddressGuard, lookupBySystem } from './guard.js';
import { type ResponseHeaders, requestHeaders } from './headers.js';
import type { Lookup } from './lookups.js';
import { type Hop, nextHop } from './redirects.js';
import { targetOf } from './targets.js';

const DEFAULT_TIMEOUT_MS = 30_000;
const DEFAULT_MAX_BYTES = 10 * 1024 * 1024;
const DEFAULT_MAX_REDIRECTS = 5;

export interface OutboundOptions {
  /** Hosts, addresses and networks inside that may be reached, each with an optional port (the setting OUTBOUND_ALLOW). */
  readonly allow: readonly string[];
  /** How names become addresses; the system's way by default. */
  readonly lookup?: Lookup;
  readonly userAgent?: string;
}

export interface OutboundRequest {
  /** In upper case; GET by default. */
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Ends the request, with its connection. `fetch` then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Bytes that the body of the response may have, before and after decompression; 10 MiB by default. */
  readonly maxBytes?: number;
  /** From the first look-up to the last byte, redirects included; 30 s by default. */
  readonly timeoutMs?: number;
  /** 5 by default. 0 follows none: the redirect itself is the response. */
  readonly maxRedirects?: number;
  /** Called once a connection stands, before anything is sent over it; for each hop anew. */
  readonly onConnected?: () => void;
}

export interface OutboundResponse {
  readonly status: number;
  readonly headers: ResponseHeaders;
  /** Decompressed. */
  readonly body: Buffer;
  /** Where the response came from, after redirects. */
  readonly url: string;
}

function timedOut(milliseconds: number): OutboundFailure {
  const text = `There was no complete response within ${milliseconds / 1000} s. Try again, or allow more time.`;
  return new OutboundFailure('outbound_timeout', text, { retryable: true });
}

/** The look-up cannot be cancelled, but it need not be waited for. */
async function unlessAborted<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  const { promise, reject } = Promise.withResolvers<never>();
  // The reason is whatever the caller aborted with.
  const onAbort = (): void => reject(signal.reason as Error);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** The only way in which the program reaches addresses that its users name (SAF-4). */
export class Outbound {
  private readonly guard: AddressGuard;
  private readonly closing = new AbortController();
  private readonly userAgent: string;

  /** Throws a TypeError for a wrong entry of `allow`. */
  constructor(options: OutboundOptions) {
    this.guard = new AddressGuard(new AllowList(options.allow), options.lookup ?? lookupBySystem);
    this.userAgent = options.userAgent ?? 'agent-village';
  }

  /** Why a URL may not be requested, as far as it can be told without a look-up. Says nothing of texts that are no URL. */
  refuses(url: string): string | undefined {
    return this.guard.refuses(url);
  }

  /**
   * Requests a URL and follows its redirects, each checked afresh. Any status is a response. Rejects with an
   * OutboundFailure, or with the reason of the signal.
   */
  async fetch(url: string, request: OutboundRequest = {}): Promise<OutboundResponse> {
    const timeoutMs = request.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    const time = new AbortController();
    const timer = setTimeout(() => time.abort(timedOut(timeoutMs)), timeoutMs);
    const given = request.signal ? [request.signal] : [];
    const progress = { sent: false };
    try {
      const signal = AbortSignal.any([this.closing.signal, time.signal, ...given]);
      return await this.follow(this.firstHop(url, request), request, signal, progress);
    } catch (error) {
      request.signal?.throwIfAborted();
      const failure = failureOf(error);
      throw progress.sent ? failure.afterSending() : failure;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Ends all requests that are under way, and refuses new ones. */
  close(): void {
    this.closing.abort(new OutboundFailure('outbound_closed', 'The program is stopping.', { retryable: true }));
  }

  private firstHop(url: string, { method = 'GET', headers = {}, body }: OutboundRequest): Hop {
    const given = requestHeaders(headers);
    const usual = [
      ['user-agent', this.userAgent],
      ['accept', '*/*'],
      ['accept-encoding', ACCEPTED_CODINGS],
    ] as const;
    return { method, url: targetOf(url).url.href, headers: new Map([...usual, ...given]), body };
  }

  private async follow(
    first: Hop,
    request: OutboundRequest,
    signal: AbortSignal,
    progress: { sent: boolean },
  ): Promise<OutboundResponse> {
    const { maxBytes = DEFAULT_MAX_BYTES, maxRedirects = DEFAULT_MAX_REDIRECTS } = request;
    let hop = first;
    for (let redirects = 0; ; redirects += 1) {
      const addresses = await unlessAborted(this.guard.admit(targetOf(hop.url)), signal);
      const onConnected = (): void => {
        progress.sent = true;
        request.onConnected?.();
      };
      const answer: Answer = await exchange(hop, {
        addresses,
        maxBytes,
        signal,
        onConnected,
        follow: maxRedirects > 0,
      });
      if (answer.location === undefined) {
        return { status: answer.status, headers: answer.headers, body: answer.body, url: hop.url };
      }
      if (redirects >= maxRedirects) {
        throw new OutboundFailure(
          'too_many_redirects',
          `There were more than ${maxRedirects} redirects. Request the final URL.`,
        );
      }
      hop = nextHop(hop, answer.status, answer.location);
    }
  }
}
