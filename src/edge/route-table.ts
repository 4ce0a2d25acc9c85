import type { FastifyInstance, RouteOptions } from 'fastify';
import type { RouteDeclaration } from '#libs/http';

/** One route as the server knows it. */
export interface Route {
  readonly method: string;
  /** Pattern: `/api/v1/goals/:id`. */
  readonly url: string;
  readonly declaration: RouteDeclaration;
}

// @fastify/cors adds this route so that preflight requests reach its hook; the route itself answers 404.
const isPreflight = (method: string, url: string): boolean => method === 'OPTIONS' && url === '*';

/**
 * Every route of the server, whoever registered it. It must be made before the first route, and keeps the program
 * from becoming ready while one of them does not say who may call it.
 */
export class RouteTable {
  private readonly routes: (Route & { readonly path: RegExp })[] = [];

  constructor(server: FastifyInstance) {
    server.addHook('onRoute', (route) => this.add(route));
    server.addHook('onReady', (done) => done(this.complaint()));
  }

  get all(): readonly Route[] {
    return this.routes;
  }

  /** The methods that a path has; none when it is no path of ours. */
  methodsOf(path: string): string[] {
    const methods = this.routes.filter((route) => route.path.test(path)).map((route) => route.method);
    return [...new Set(methods)].toSorted();
  }

  private add(route: RouteOptions): void {
    for (const method of [route.method].flat()) {
      if (isPreflight(method, route.url)) continue;
      const declaration = route.config?.declaration ?? {};
      this.routes.push({ method, url: route.url, declaration, path: toPattern(route.url) });
    }
  }

  private complaint(): Error | undefined {
    const undeclared = this.routes.filter((route) => !route.declaration.access);
    if (undeclared.length === 0) return undefined;
    const names = undeclared.map((route) => `${route.method} ${route.url}`).join(', ');
    return new Error(`these routes declare neither @Public() nor @Requires(…), so nobody may call them: ${names}`);
  }
}

function toPattern(url: string): RegExp {
  const source = url
    .replace(/[.+?^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll(/:[^/]+/g, '[^/]+')
    .replaceAll('*', '.*');
  return new RegExp(`^${source}$`);
}
