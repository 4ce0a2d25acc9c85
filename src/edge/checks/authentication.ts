import type { Principal } from '#libs/policy';
import { type Authenticators, HTTP_ERRORS } from '#libs/http';
import type { Check } from './check.js';

/**
 * Asks every authenticator for the principal of its kind of credential. Several credentials are fine as long as they
 * are of one tenant; the first authenticator's counts.
 */
export function authenticate(authenticators: Authenticators): Check {
  return async (request, context) => {
    if (request.routeOptions.config.declaration?.access?.kind === 'public') return;
    const source = { headers: request.headers, address: context.address };
    const principals: Principal[] = [];
    for (const authenticator of authenticators.all) {
      const principal = await authenticator.authenticate(source);
      if (principal) principals.push(principal);
    }
    const [principal, ...others] = principals;
    if (!principal) {
      throw HTTP_ERRORS.make('unauthenticated', 'Send an API key in `X-API-Key` or as `Authorization: Bearer …`.');
    }
    if (others.some((other) => other.tenantId !== principal.tenantId)) {
      throw HTTP_ERRORS.make(
        'tenant_mismatch',
        'The credentials of this request belong to different tenants. Send one.',
      );
    }
    context.principal = principal;
  };
}
