import { HTTP_ERRORS } from '#libs/http';
import { can } from '#libs/policy';
import type { Check } from './check.js';

/** Compares what the route requires with what the principal may do. A route that declares nothing is refused. */
export const checkPermission: Check = (request, context) => {
  if (request.is404) return;
  const access = request.routeOptions.config.declaration?.access;
  if (!access) throw HTTP_ERRORS.make('route_undeclared', 'This route declares no permission, so nobody may call it.');
  if (access.kind === 'public') return;
  const missing = access.permissions.filter(
    (permission) => !context.principal || !can(context.principal, permission).allowed,
  );
  if (missing.length === 0) return;
  throw HTTP_ERRORS.make('permission_denied', {
    detail: `This needs the permission ${missing.map((name) => `\`${name}\``).join(' and ')}, which the credential lacks.`,
    extensions: { missing_permissions: missing },
  });
};
