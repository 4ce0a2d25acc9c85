import { pino, stdSerializers } from 'pino';
import type { DestinationStream, LevelWithSilent, Logger } from 'pino';
import { DomainError, publicId } from '#libs/kernel';
import { findContext } from './context.js';

export type { Logger } from 'pino';

/** Injection token of the program's logger. */
export const LOGGER = Symbol('logger');

// Names under which secrets travel. Whatever is logged under one of them, up to three levels deep, is blanked out.
const SECRET_KEYS = [
  'authorization',
  'cookie',
  '["set-cookie"]',
  '["x-api-key"]',
  'api_key',
  'apiKey',
  'password',
  'passphrase',
  'secret',
  'token',
  'access_token',
  'refresh_token',
  'databaseUrl',
  'databaseMigrationUrl',
];

function redactedPaths(): string[] {
  const join = (prefix: string, key: string) => (key.startsWith('[') ? prefix + key : `${prefix}.${key}`);
  return SECRET_KEYS.flatMap((key) => [key, join('*', key), join('*.*', key)]);
}

/**
 * An error as it is logged: no other members than these, since drivers hang statements, parameters and rows on
 * theirs, which hold users' data.
 */
function serializeError(error: unknown): unknown {
  if (!(error instanceof Error)) return { type: typeof error };
  const { type, message, stack } = stdSerializers.err(error);
  return {
    type,
    message,
    ...('code' in error ? { code: String(error.code) } : {}),
    ...(error instanceof DomainError && error.privateDetail ? { private_detail: error.privateDetail } : {}),
    stack,
  };
}

/** JSON lines, each with the ids of the request and the tenant under which it was written. */
export function createLogger(level: LevelWithSilent, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: null,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: redactedPaths(), censor: '[redacted]' },
    serializers: { err: serializeError, error: serializeError },
    mixin: contextFields,
  };
  return destination ? pino(options, destination) : pino(options);
}

function contextFields(): Record<string, string> {
  const context = findContext();
  if (!context) return {};
  return {
    ...(context.requestId ? { request_id: context.requestId } : {}),
    ...(context.tenantId ? { tenant_id: publicId('ten', context.tenantId) } : {}),
  };
}
