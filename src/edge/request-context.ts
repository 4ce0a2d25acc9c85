import type { FastifyInstance, FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify';
import { type Logger, type RequestContext, runInContext } from '#libs/context';
import { publicId } from '#libs/kernel';

declare module 'fastify' {
  interface FastifyRequest {
    /** The same object that `currentContext()` gives inside; for hooks that run outside of it. */
    edgeContext: RequestContext | undefined;
  }
}

/** Check 1: gives every request its id and its context, in which everything that follows runs. */
export function installRequestContext(server: FastifyInstance, logger: Logger): void {
  server.decorateRequest('edgeContext', undefined);
  server.addHook('onRequest', enterContext);
  server.addHook('onResponse', (request, reply, done) => {
    logRequest(logger, request, reply);
    done();
  });
}

function enterContext(request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction): void {
  const context: RequestContext = {
    requestId: request.id,
    address: request.ip,
    operation: `${request.method} ${request.routeOptions.url ?? '(no route)'}`,
    principal: undefined,
    tenantId: undefined,
  };
  request.edgeContext = context;
  reply.header('x-request-id', request.id);
  // Answers are made for one caller; what may be kept says so itself.
  reply.header('cache-control', 'no-store');
  // The answer's own events fire outside of the request's asynchronous context; `runInContext` reaches what follows.
  runInContext(context, done);
}

// The route's pattern and no query: paths and queries may hold what users would not have in a log.
function logRequest(logger: Logger, request: FastifyRequest, reply: FastifyReply): void {
  const context = request.edgeContext;
  const level = request.routeOptions.url?.startsWith('/health') ? 'debug' : 'info';
  logger[level](
    {
      request_id: request.id,
      ...(context?.tenantId ? { tenant_id: publicId('ten', context.tenantId) } : {}),
      operation: context?.operation,
      status: reply.statusCode,
      milliseconds: Math.round(reply.elapsedTime * 10) / 10,
    },
    'request',
  );
}
