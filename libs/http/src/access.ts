import { applyDecorators } from '@nestjs/common';
import { ApiExtension, ApiSecurity } from '@nestjs/swagger';
import type { Permission } from '#libs/policy';
import { declareRoute } from './route-declaration.js';

/** Names of the ways to prove who one is, as the OpenAPI document lists them. */
export const SECURITY_SCHEMES = { apiKey: 'api_key', bearer: 'bearer' } as const;

/** Anybody may call the route: no credential is asked for, and one that is sent is not looked at. */
export function Public(): MethodDecorator {
  return declareRoute({ access: { kind: 'public' } });
}

/**
 * The route needs a principal that holds all of these permissions; none named means any principal of an active
 * tenant. The one decorator feeds the check at the edge and the OpenAPI document.
 */
export function Requires(...permissions: Permission[]): MethodDecorator {
  return applyDecorators(
    declareRoute({ access: { kind: 'requires', permissions } }),
    ApiSecurity(SECURITY_SCHEMES.apiKey),
    ApiSecurity(SECURITY_SCHEMES.bearer),
    ApiExtension('x-required-permissions', permissions),
  );
}
