import type { Drain } from '#libs/context';
import type { Opening } from '#libs/http';
import { COMMON_ERRORS } from '#libs/kernel';
import type { Check } from './check.js';

/** Refuses work before the program is ready and while it stops. Health stays reachable: balancers learn it there. */
export function refuseUnlessServing(opening: Opening, drain: Drain): Check {
  return (request, _context, reply) => {
    if (opening.isOpen && !drain.signal.aborted) return;
    if (request.routeOptions.url?.startsWith('/health')) return;
    reply.header('connection', 'close');
    const state = opening.isOpen ? 'stopping' : 'starting';
    throw COMMON_ERRORS.make('unavailable', `The program is ${state}. Send the request again in a moment.`);
  };
}
