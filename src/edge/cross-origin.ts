import type { NestFastifyApplication } from '@nestjs/platform-fastify';

/**
 * Lets pages of these origins call the API from a browser; without any, no page of another origin can. Credentials
 * are not sent along by the browser: a page that calls the API has a key or a token of its own.
 */
export function allowOrigins(app: NestFastifyApplication, origins: readonly string[]): void {
  if (origins.length === 0) return;
  app.enableCors({
    origin: [...origins],
    credentials: false,
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowedHeaders: ['Authorization', 'Content-Type', 'Idempotency-Key', 'Last-Event-ID', 'X-API-Key', 'X-Tenant-ID'],
    exposedHeaders: ['Allow', 'Idempotent-Replayed', 'Location', 'Retry-After', 'X-Request-ID'],
    maxAge: 600,
    // An OPTIONS request that is no preflight would be refused in words of the plugin's own.
    strictPreflight: false,
  });
}
