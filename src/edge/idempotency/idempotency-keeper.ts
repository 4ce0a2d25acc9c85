import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LOGGER, type Logger, type RequestContext, currentContext } from '#libs/context';
import { HTTP_ERRORS, Idempotency, rememberResourceId } from '#libs/http';
import { COMMON_ERRORS, newId } from '#libs/kernel';
import { IdempotencyStore, type KeyOwner, type Reservation } from './idempotency-store.js';
import { StoredAnswer } from './stored-answer.js';

/** Pauses before each attempt to give a key back that could not be given back with the answer. */
const RELEASE_DELAYS_MS = [100, 400, 1_500, 5_000, 15_000];

/** A request with a key, from the moment in which its key was read. */
interface Keyed {
  readonly owner: KeyOwner;
  /** Method, path and query. */
  readonly line: string;
  reservation: Reservation | undefined;
}

/**
 * Honours `Idempotency-Key`: reserves the key before the handler runs, sends the stored answer instead of running it
 * again, and keeps the answer as it goes out. Answers of 5xx and 429 are not kept, nor is what a crash left behind.
 */
@Injectable()
export class IdempotencyKeeper extends Idempotency {
  private readonly requests = new WeakMap<RequestContext, Keyed>();

  constructor(
    private readonly store: IdempotencyStore,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    super();
  }

  /** Before the handler. Throws a StoredAnswer where the request has been answered, and a DomainError for a conflict. */
  async begin(request: FastifyRequest, context: RequestContext): Promise<void> {
    const { declaration } = request.routeOptions.config;
    const key = request.headers['idempotency-key'];
    if (!declaration?.idempotent || key === undefined || !context.principal || !context.tenantId) return;
    const { kind, id } = context.principal;
    const owner = { tenantId: context.tenantId, principal: `${kind}:${id}`, key: readKey(key) };
    const keyed: Keyed = { owner, line: `${request.method} ${request.url}`, reservation: undefined };
    this.requests.set(context, keyed);
    if (!declaration.rawUpload) await this.reserve(keyed, request.bodyDigest ?? '');
  }

  async run<T>(requestHash: string, create: () => Promise<T>): Promise<T> {
    const keyed = this.requests.get(currentContext());
    if (keyed) await this.reserve(keyed, requestHash);
    return create();
  }

  /** Whether `finish` has something to do. */
  isKeyed(context: RequestContext | undefined): context is RequestContext {
    return context !== undefined && this.requests.get(context)?.reservation !== undefined;
  }

  /** As the answer goes out. A failure to keep it is logged: what was created is there, and the answer is right. */
  async finish(context: RequestContext, reply: FastifyReply, payload: unknown): Promise<void> {
    const reservation = this.requests.get(context)?.reservation;
    this.requests.delete(context);
    if (!reservation) return;
    try {
      if (isKept(reply.statusCode, payload)) await this.store.keep(reservation, answerOf(reply, payload));
      else await this.store.release(reservation);
    } catch (error) {
      this.logger.error({ err: error, request_id: context.requestId }, 'an idempotent answer could not be kept');
      this.releaseLater(reservation);
    }
  }

  // Else whoever repeats the request would be told that it is still running, until the lock runs out. What it made is
  // found again by its id.
  private releaseLater(reservation: Reservation, attempt = 0): void {
    const delay = RELEASE_DELAYS_MS[attempt];
    if (delay === undefined) return;
    setTimeout(() => {
      this.store.release(reservation).catch(() => this.releaseLater(reservation, attempt + 1));
    }, delay).unref();
  }

  private async reserve(keyed: Keyed, bodyDigest: string): Promise<void> {
    const { owner } = keyed;
    const hash = createHash('sha256').update(`${keyed.line}\n${bodyDigest}`).digest('hex');
    const reservation = await this.store.reserve(owner, hash, { token: newId(), resourceId: newId() });
    if (!reservation) throw await this.refusal(owner, hash);
    keyed.reservation = reservation;
    rememberResourceId(reservation.resourceId);
  }

  private async refusal(owner: KeyOwner, hash: string): Promise<Error> {
    const occupied = await this.store.findOccupied(owner);
    if (occupied && occupied.requestHash !== hash) {
      const detail = 'This `Idempotency-Key` came with another request before. Use a new key for a new request.';
      return HTTP_ERRORS.make('idempotency_conflict', detail);
    }
    if (occupied?.answer) return new StoredAnswer(occupied.answer);
    return HTTP_ERRORS.make('idempotency_in_progress', {
      detail: 'The first request with this `Idempotency-Key` is still running. Send it again in a second.',
      extensions: { retry_after_seconds: 1 },
    });
  }
}

function readKey(header: string | string[]): string {
  const key = String(header);
  if (/^[\x20-\x7e]{1,255}$/.test(key)) return key;
  throw COMMON_ERRORS.make('invalid_input', {
    detail: 'The `Idempotency-Key` must be 1 to 255 printable ASCII characters.',
    issues: [{ path: '$header.Idempotency-Key', message: 'Expected 1 to 255 printable ASCII characters' }],
  });
}

// A stream cannot be kept: it has not been read yet.
function isKept(status: number, payload: unknown): payload is string | null | undefined {
  return status < 500 && status !== 429 && (payload == null || typeof payload === 'string');
}

function answerOf(reply: FastifyReply, body: string | null | undefined) {
  const text = (name: string): string | null => {
    const value = reply.getHeader(name);
    return value === undefined ? null : String(value);
  };
  return { status: reply.statusCode, mediaType: text('content-type'), location: text('location'), body: body ?? null };
}
