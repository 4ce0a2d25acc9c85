import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { StoredAnswer } from '../idempotency/stored-answer.js';
import type { ProblemSender } from './send-problem.js';

/** Check 8: whatever was thrown, by a check, the framework or a handler, becomes the one form of error. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly sender: ProblemSender) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const reply = http.getResponse<FastifyReply>();
    if (thrown instanceof StoredAnswer) thrown.send(reply);
    else this.sender.send(thrown, http.getRequest<FastifyRequest>(), reply);
  }
}
