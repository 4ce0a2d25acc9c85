import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import type { Logger } from 'pino';
import { clientConfig, describeConnection } from './client-config.js';
import type { ConnectionOptions } from './data-source.js';
import { DatabaseStartError } from './database-start.error.js';
import { isUnreachable, sqlState } from './database.errors.js';

/** The variable that names a connection, for messages. */
export type UrlVariable = 'DATABASE_URL' | 'DATABASE_MIGRATION_URL';

interface Patience {
  /** How long a server that is not up yet is waited for, in milliseconds. */
  readonly total: number;
  readonly between: number;
}

export interface WaitOptions {
  readonly logger: Logger;
  /** Gives up waiting. */
  readonly signal?: AbortSignal | undefined;
  readonly patience?: Patience;
}

const PATIENCE: Patience = { total: 20_000, between: 500 };

/**
 * Waits until the server takes the login, and gives the login's name. A server that is still starting (as everything
 * does at once when a machine boots) is waited for; a wrong password or database is told at once. Throws an AbortError when the signal is given.
 */
export async function waitForServer(
  connection: ConnectionOptions,
  variable: UrlVariable,
  { logger, signal, patience = PATIENCE }: WaitOptions,
): Promise<string> {
  const giveUp = performance.now() + patience.total;
  for (let attempt = 1; ; attempt++) {
    try {
      return await currentUser(connection);
    } catch (error) {
      signal?.throwIfAborted();
      if (!isWorthWaiting(error) || performance.now() > giveUp) throw cannotConnect(connection, variable, error);
      if (attempt === 1) logger.info({ database: describeConnection(connection) }, 'waiting for the database');
      await sleep(patience.between, undefined, { signal });
    }
  }
}

async function currentUser(connection: ConnectionOptions): Promise<string> {
  const client = new Client(clientConfig(connection));
  // A connection that breaks while it is idle reports it here; the next query would fail by itself.
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ name: string }>('select current_user::text as name');
    return rows[0]?.name ?? '';
  } finally {
    await client.end().catch(() => undefined);
  }
}

function isWorthWaiting(error: unknown): boolean {
  const isResolverBusy = error instanceof Error && 'code' in error && error.code === 'EAI_AGAIN';
  return isResolverBusy || isUnreachable(error);
}

const REMEDIES: Readonly<Record<string, string>> = {
  '28P01': 'The user or the password is wrong.',
  '28000': 'The server does not let this user in from here (pg_hba.conf).',
  '3D000': 'Create the database, or correct its name.',
};

function cannotConnect(connection: ConnectionOptions, variable: UrlVariable, error: unknown): DatabaseStartError {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  const said = first instanceof Error ? first.message : String(first);
  return new DatabaseStartError(
    `${variable}: cannot connect to ${describeConnection(connection)}: ${said}.`,
    REMEDIES[sqlState(error) ?? ''] ?? 'Check that the server runs there and can be reached from here.',
    error,
  );
}
