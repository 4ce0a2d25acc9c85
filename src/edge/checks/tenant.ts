import { HTTP_ERRORS, type TenantGate } from '#libs/http';
import { parsePublicId } from '#libs/kernel';
import type { Check } from './check.js';

/**
 * Sets the tenant in whose name the request runs: the principal's own. A tenant that a header names must be the same
 * one, and it must be active now, not only when the credential was made.
 */
export function confirmTenant(gate: TenantGate): Check {
  return async (request, context) => {
    const { principal } = context;
    if (!principal) return;
    const named = request.headers['x-tenant-id'];
    if (named !== undefined && parsePublicId('ten', String(named)) !== principal.tenantId) {
      throw HTTP_ERRORS.make(
        'tenant_mismatch',
        '`X-Tenant-ID` does not name the tenant of the credential. Leave it out.',
      );
    }
    await gate.assertActive(principal.tenantId);
    context.tenantId = principal.tenantId;
  };
}
