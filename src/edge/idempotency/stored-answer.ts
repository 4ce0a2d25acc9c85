import type { FastifyReply } from 'fastify';

export interface Answer {
  readonly status: number;
  readonly mediaType: string | null;
  readonly location: string | null;
  readonly body: string | null;
}

/**
 * The answer that an earlier request with the same key got. It is thrown, so that wherever the repetition is found,
 * before the handler or in the middle of an upload, nothing further of the request runs.
 */
export class StoredAnswer extends Error {
  override readonly name = 'StoredAnswer';

  constructor(private readonly answer: Answer) {
    super('this request was answered before');
  }

  send(reply: FastifyReply): void {
    const { status, mediaType, location, body } = this.answer;
    reply.status(status).header('idempotent-replayed', 'true');
    if (mediaType !== null) reply.header('content-type', mediaType);
    if (location !== null) reply.header('location', location);
    reply.send(body ?? undefined);
  }
}
