import type { Drain } from '#libs/context';
import { COMMON_ERRORS } from '#libs/kernel';
import type { Check } from './check.js';

/** Refuses new work while the program stops. Health stays reachable: it is what tells a balancer to look elsewhere. */
export function refuseWhileDraining(drain: Drain): Check {
  return (request, _context, reply) => {
    if (!drain.signal.aborted || request.routeOptions.url?.startsWith('/health')) return;
    reply.header('connection', 'close');
    throw COMMON_ERRORS.make('unavailable', 'The program is stopping. Send the request again in a moment.');
  };
}
