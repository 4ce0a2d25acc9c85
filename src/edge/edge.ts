import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Drain } from '#libs/context';
import { Authenticators, Opening, TenantGate } from '#libs/http';
import { authenticate } from './checks/authentication.js';
import type { Check } from './checks/check.js';
import { refuseBadFraming } from './checks/framing.js';
import { checkPermission } from './checks/permission.js';
import { refuseHostileQuery, refuseUnknownQuery } from './checks/query.js';
import { findRoute } from './checks/route.js';
import { refuseUnlessServing } from './checks/serving.js';
import { confirmTenant } from './checks/tenant.js';
import { IdempotencyKeeper } from './idempotency/idempotency-keeper.js';
import { OpenApi } from './openapi/open-api.js';
import { ProblemFilter } from './problem/problem.filter.js';
import { SchemaPipe } from './schema.pipe.js';
import type { EdgeServer } from './server.js';

/**
 * The edge: from the socket to the use case. The order below is the security policy: to change the policy is to
 * change this list. Before it, server.ts has made the request's context (its id, and the AsyncLocalStorage in which
 * all of this runs).
 */
export function installEdge(app: NestFastifyApplication, server: EdgeServer): void {
  const keeper = app.get(IdempotencyKeeper);

  checkBeforeBody(server, [
    refuseBadFraming, //                            400       Host, Expect
    refuseUnlessServing(app.get(Opening), app.get(Drain)), // 503  nothing new before the start or during the stop
    findRoute(server.routes), //                    404, 405
    refuseHostileQuery, //                          400
    authenticate(app.get(Authenticators)), //       401       who is it?
    confirmTenant(app.get(TenantGate)), //          400, 403  in whose name, and may that tenant act?
    checkPermission, //                             403       may this principal do that?
    refuseUnknownQuery, //                          400
  ]);
  // Only now is the body read: body/body-parser.ts                 400, 413, 415
  answerRepetitions(server, keeper); //             409       Idempotency-Key
  app.useGlobalPipes(new SchemaPipe()); //          400       then the handler
  app.useGlobalFilters(new ProblemFilter(server.problems)); // every refusal in one form

  app.get(OpenApi).attach(app, server.routes);
}

function checkBeforeBody(server: EdgeServer, checks: readonly Check[]): void {
  server.fastify.addHook('onRequest', async (request, reply) => {
    const context = request.edgeContext;
    if (!context) throw new Error('no request context: its hook must come first');
    for (const check of checks) await check(request, context, reply);
  });
}

function answerRepetitions(server: EdgeServer, keeper: IdempotencyKeeper): void {
  server.fastify.addHook('preHandler', async (request) => {
    if (request.edgeContext) await keeper.begin(request, request.edgeContext);
  });
  server.fastify.addHook('onSend', (request, reply, payload, done) => {
    const context = request.edgeContext;
    if (!keeper.isKeyed(context)) return done(null, payload);
    keeper.finish(context, reply, payload).then(() => done(null, payload), done);
  });
}
