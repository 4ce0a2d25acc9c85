export type OutboundFailureCode =
  /** Not an absolute http or https URL, or one that holds credentials. */
  | 'url_invalid'
  /** A header that cannot be sent as it is, or that the client sets itself. */
  | 'header_invalid'
  /** The address is inside, or serves cloud metadata: nothing was sent there. */
  | 'address_blocked'
  | 'host_not_found'
  /** No connection, or one that broke. */
  | 'connection_failed'
  | 'certificate_invalid'
  /** What came is no HTTP, or is compressed in a way that cannot be undone. */
  | 'response_invalid'
  | 'response_too_large'
  | 'outbound_timeout'
  | 'too_many_redirects'
  /** A redirect leads to where no redirect is followed, e.g. from https to http. */
  | 'redirect_refused'
  /** The program is stopping. */
  | 'outbound_closed';

export interface OutboundFailureOptions {
  readonly retryable?: boolean;
  readonly sent?: boolean;
  readonly cause?: unknown;
}

/** A request that got no response. The message is for the person whose request it was: what happened, what to do. */
export class OutboundFailure extends Error {
  override readonly name = 'OutboundFailure';
  /** Whether the same request may well succeed a little later. */
  readonly retryable: boolean;
  /** Whether a connection stood, so that the server may have acted on the request. */
  readonly sent: boolean;

  constructor(
    readonly code: OutboundFailureCode,
    message: string,
    options: OutboundFailureOptions = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.retryable = options.retryable ?? false;
    this.sent = options.sent ?? false;
  }

  /** The same failure of a request that may have been acted on. */
  afterSending(): OutboundFailure {
    return new OutboundFailure(this.code, this.message, { retryable: this.retryable, sent: true, cause: this.cause });
  }
}
