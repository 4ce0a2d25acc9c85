import helmet from '@fastify/helmet';
import { type FastifyInstance, fastify } from 'fastify';
import type { Logger } from '#libs/context';
import { DEFAULT_BODY_LIMIT, type PublicUrl } from '#libs/http';
import { newId } from '#libs/kernel';
import { installBodyParser } from './body/body-parser.js';
import { answerClientError } from './problem/client-error.js';
import { ProblemSender } from './problem/send-problem.js';
import { installRequestContext } from './request-context.js';
import { RouteTable } from './route-table.js';
import { securityHeaders } from './security-headers.js';

/** The HTTP server with what has to be there before the first route: context, headers, body parser, route table. */
export interface EdgeServer {
  readonly fastify: FastifyInstance;
  readonly routes: RouteTable;
  readonly problems: ProblemSender;
}

/**
 * Makes the server. It is made here and not by Nest's adapter, so that our hooks come before the adapter's own, and
 * no answer leaves without a request id.
 */
export function createServer(logger: Logger, publicUrl: PublicUrl): EdgeServer {
  const problems = new ProblemSender(publicUrl, logger);
  const server = fastify({
    logger: false,
    // An id that a caller brings along is not taken over: the log would be theirs to forge.
    requestIdHeader: false,
    genReqId: () => newId(),
    bodyLimit: DEFAULT_BODY_LIMIT,
    trustProxy: false,
    // A proxied upload may be slow; a request that never ends may not.
    requestTimeout: 300_000,
    // While the program stops, the draining check answers instead, with a problem document.
    return503OnClosing: false,
    routerOptions: { maxParamLength: 16_384 },
    // These two are refused by a check instead, in our own form: checks/framing.ts.
    http: { requireHostHeader: false },
    frameworkErrors: (error, request, reply) => problems.send(error, request, reply),
    clientErrorHandler: (error, socket) => answerClientError(error, socket, publicUrl.origin),
  });
  server.server.on('checkExpectation', (request, response) => server.server.emit('request', request, response));
  installRequestContext(server, logger);
  const routes = new RouteTable(server);
  installBodyParser(server);
  void server.register(helmet, securityHeaders(publicUrl.origin));
  return { fastify: server, routes, problems };
}
