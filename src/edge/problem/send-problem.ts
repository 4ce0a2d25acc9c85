import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from '#libs/context';
import { PROBLEM_MEDIA_TYPE, type PublicUrl } from '#libs/http';
import { renderProblemPage, wantsPage } from './problem-page.js';
import { type ProblemAnswer, toProblem } from './to-problem.js';

// What a handler may have said of the answer that it did not come to give.
const STALE_HEADERS = [
  'location',
  'etag',
  'content-disposition',
  'content-length',
  'content-encoding',
  'last-modified',
];

/** Answers errors, and logs those that are ours. */
export class ProblemSender {
  constructor(
    private readonly publicUrl: PublicUrl,
    private readonly logger: Logger,
  ) {}

  send(thrown: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const answer = toProblem(thrown, request.id, this.publicUrl.origin);
    this.log(answer, request);
    if (reply.sent || reply.raw.headersSent) {
      // Half an answer is out, a stream say: breaking the connection is the only way to say that it is not whole.
      reply.raw.destroy();
      return;
    }
    for (const name of STALE_HEADERS) reply.removeHeader(name);
    const isPage = wantsPage(request);
    reply
      .status(answer.document.status)
      .headers({
        ...answer.headers,
        'x-request-id': request.id,
        'content-type': isPage ? 'text/html; charset=utf-8' : PROBLEM_MEDIA_TYPE,
        'cache-control': 'no-store',
      })
      .send(isPage ? renderProblemPage(answer.document) : JSON.stringify(answer.document));
  }

  private log({ error, document }: ProblemAnswer, request: FastifyRequest): void {
    const fields = { request_id: request.id, code: error.code, operation: request.edgeContext?.operation };
    // Expected while the program starts, stops or waits for its database: no defect, and nothing to trace.
    if (error.code === 'unavailable') this.logger.warn({ ...fields, detail: error.detail }, 'request not served');
    else if (document.status >= 500) this.logger.error({ ...fields, err: error.cause ?? error }, 'request failed');
    else this.logger.debug({ ...fields, detail: error.detail, private_detail: error.privateDetail }, 'request refused');
  }
}
