import type { RequestContext } from '#libs/context';
import type { FastifyReply, FastifyRequest } from 'fastify';

/**
 * One check at the edge. It lets the request pass by returning, refuses it by throwing a DomainError, and may fill in
 * the context for those after it. All checks run before a byte of the body is read.
 */
export type Check = (request: FastifyRequest, context: RequestContext, reply: FastifyReply) => Promise<void> | void;
