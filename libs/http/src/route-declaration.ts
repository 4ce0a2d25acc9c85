import 'reflect-metadata';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import { FASTIFY_ROUTE_CONFIG_METADATA } from '@nestjs/platform-fastify/constants.js';
import type {} from 'fastify';
import type { Permission } from '#libs/policy';

/** Who may call a route. A route without one is refused, and keeps the program from starting. */
export type Access =
  | { readonly kind: 'public' }
  /** All of the permissions are needed; an empty list means any authenticated principal. */
  | { readonly kind: 'requires'; readonly permissions: readonly Permission[] };

/** What a route says of itself. The decorators write it, and the edge and the OpenAPI document read it. */
export interface RouteDeclaration {
  readonly access?: Access;
  /** Bytes that a body may have. The edge has a default. */
  readonly bodyLimit?: number;
  /** The body reaches the handler as a stream, whatever its media type says. */
  readonly rawUpload?: true;
  /** The route honours `Idempotency-Key`. */
  readonly idempotent?: true;
  /** The handler has a `@Query`, whose schema says which parameters there are. Any other route takes none. */
  readonly takesQuery?: true;
  /** Codes of the errors that are particular to the route, for the documentation. */
  readonly errorCodes?: readonly string[];
}

declare module 'fastify' {
  interface FastifyContextConfig {
    declaration?: RouteDeclaration;
  }
}

/**
 * Adds to a route's declaration. It travels as the route's configuration in Fastify, so that it is known before a
 * byte of the body has been read, and holds for routes that are not Nest's too.
 */
export function declareRoute(part: RouteDeclaration): MethodDecorator {
  return (target, key, descriptor) => {
    const handler: unknown = descriptor.value;
    if (typeof handler !== 'function') throw new TypeError('a route declaration belongs on a method');
    const query = hasQuery(target, key) ? ({ takesQuery: true } as const) : {};
    const config = { declaration: { ...declarationOf(handler), ...query, ...part } };
    Reflect.defineMetadata(FASTIFY_ROUTE_CONFIG_METADATA, config, handler);
  };
}

/** The declaration of a controller's method; empty where it declares nothing. */
function declarationOf(handler: object): RouteDeclaration {
  const config: unknown = Reflect.getMetadata(FASTIFY_ROUTE_CONFIG_METADATA, handler);
  return isConfig(config) ? config.declaration : {};
}

// Nest keeps a method's parameters at its class, by `kind:index`; their decorators run before those of the method.
function hasQuery(target: object, key: string | symbol): boolean {
  const parameters: unknown = Reflect.getMetadata(ROUTE_ARGS_METADATA, target.constructor, key);
  return Object.keys(parameters ?? {}).some((each) => each.startsWith(`${RouteParamtypes.QUERY}:`));
}

function isConfig(config: unknown): config is { declaration: RouteDeclaration } {
  return typeof config === 'object' && config !== null && 'declaration' in config;
}
