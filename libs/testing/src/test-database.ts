import { randomBytes } from 'node:crypto';
import pino, { type Logger } from 'pino';
import type { EntityTarget, ObjectLiteral } from 'typeorm';
import { type Database, connectDatabase } from '#libs/persistence';
import { ENTITIES } from '../../../src/entities.js';
import { type TestServer, onDatabase, runOnce, testServer } from './test-server.js';

/** A database of a test's own, by URL: for a program that opens it itself. */
export interface TestClone {
  /** As the program's login. */
  readonly url: string;
  /** As the owner of the tables: a DATABASE_MIGRATION_URL. */
  readonly ownerUrl: string;
  readonly administratorUrl: string;
  /** Removes it, with whatever is still connected. */
  drop(): Promise<void>;
}

export interface TestCloneOptions {
  /** Gives a database on which no migration has run. */
  readonly empty?: boolean;
  /** By default the one of the run. */
  readonly server?: TestServer;
}

/** Clones the migrated template. */
export async function cloneTestDatabase({ empty = false, server }: TestCloneOptions = {}): Promise<TestClone> {
  const { administratorUrl, ownerUrl, loginUrl, template } = server ?? testServer();
  const name = `av_test_${randomBytes(6).toString('hex')}`;
  const source = empty ? 'template0' : template;
  const owner = new URL(ownerUrl).username;
  await runOnce(administratorUrl, `create database ${name} template ${source} owner ${owner}`);
  return {
    url: onDatabase(loginUrl, name),
    ownerUrl: onDatabase(ownerUrl, name),
    administratorUrl: onDatabase(administratorUrl, name),
    drop: async () => {
      await runOnce(administratorUrl, `drop database if exists ${name} with (force)`);
    },
  };
}

export interface TestDatabaseOptions {
  /** By default all that the program has. */
  readonly entities?: readonly EntityTarget<ObjectLiteral>[];
  readonly poolSize?: number;
  readonly logger?: Logger;
  /** By default the one of the run. */
  readonly server?: TestServer;
}

/**
 * A clone of the migrated template, opened as the program's login, which row-level security binds. Closing it drops
 * it. One per test file is the rule: it takes about a tenth of a second.
 */
export async function createTestDatabase(options: TestDatabaseOptions = {}): Promise<Database> {
  const server = options.server ?? testServer();
  const clone = await cloneTestDatabase({ server });
  return connectDatabase(
    { url: clone.url, poolSize: options.poolSize ?? 10, applicationName: 'agent-village test' },
    {
      roles: server.roles,
      entities: options.entities ?? ENTITIES,
      logger: options.logger ?? pino({ level: 'silent' }),
      isEmbedded: false,
      afterClose: () => clone.drop(),
    },
  );
}
