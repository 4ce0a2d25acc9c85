import { HTTP_ERRORS } from '#libs/http';
import type { RouteTable } from '../route-table.js';
import type { Check } from './check.js';

/** Answers a path that is not there, and a method that the path does not have, before anybody is asked who they are. */
export function findRoute(routes: RouteTable): Check {
  return (request, _context, reply) => {
    if (!request.is404) return;
    const path = request.url.split('?', 1)[0] ?? '/';
    const methods = routes.methodsOf(path);
    if (methods.length === 0)
      throw HTTP_ERRORS.make('route_not_found', 'There is no such path in this API. /docs lists all of them.');
    reply.header('allow', methods.join(', '));
    throw HTTP_ERRORS.make('method_not_allowed', `This path takes ${methods.join(', ')}, not ${request.method}.`);
  };
}
