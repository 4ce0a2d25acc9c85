import { Client } from 'pg';
import type { DatabaseRoles } from '#libs/persistence';
import { inject } from 'vitest';

/** The one PostgreSQL of a test run. Each URL leads to the server's maintenance database. */
export interface TestServer {
  /** A superuser, for what only tests do: clone and drop databases, end sessions. */
  readonly administratorUrl: string;
  /** Owns the databases and made the roles. */
  readonly ownerUrl: string;
  /** What the program works with: no superuser, owns nothing. */
  readonly loginUrl: string;
  /** The database that has been migrated once and is cloned for each test file. */
  readonly template: string;
  readonly roles: DatabaseRoles;
}

declare module 'vitest' {
  interface ProvidedContext {
    testServer: TestServer;
  }
}

/** The server that the global set-up has started. */
export function testServer(): TestServer {
  return inject('testServer');
}

/** The same login on another database of the server. */
export function onDatabase(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.href;
}

/** Runs one statement on a connection of its own. */
export async function runOnce<Row extends object>(
  url: string,
  sql: string,
  parameters: readonly unknown[] = [],
): Promise<Row[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(sql, [...parameters])).rows;
  } finally {
    await client.end();
  }
}
