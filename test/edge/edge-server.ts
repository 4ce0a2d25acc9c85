import 'reflect-metadata';
import { Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { loadSettings } from '#libs/config';
import { Drain, createLogger } from '#libs/context';
import { Opening, PublicUrl } from '#libs/http';
import type { Database } from '#libs/persistence';
import { type TestTenant, TestClient, createApiKey, createTenant, createTestDatabase } from '#libs/testing';
import { AccessModule } from '../../src/access/access.module.js';
import { allowOrigins } from '../../src/edge/cross-origin.js';
import { EdgeModule } from '../../src/edge/edge.module.js';
import { installEdge } from '../../src/edge/edge.js';
import { DocsModule } from '../../src/edge/openapi/docs.module.js';
import { type EdgeServer, createServer } from '../../src/edge/server.js';
import { CATALOGUES, FAILURE_CATALOGUES } from '../../src/errors.js';
import { HealthModule } from '../../src/health/health.module.js';
import { RuntimeModule } from '../../src/runtime.module.js';

/** A program with routes of the test's own behind the real edge, on a database of its own. */
export interface TestEdge {
  readonly url: string;
  readonly database: Database;
  readonly tenant: TestTenant;
  readonly server: EdgeServer;
  readonly drain: Drain;
  readonly opening: Opening;
  /** Lines of the log, parsed. */
  readonly log: Record<string, unknown>[];
  /** A client with a key of the tenant that has these scopes; all that there are by default. */
  signIn(scopes?: string[]): Promise<TestClient>;
  issueKey(scopes?: string[]): Promise<string>;
  anonymous(): TestClient;
  close(): Promise<void>;
}

export async function startEdge(controllers: Type[], environment: Record<string, string> = {}): Promise<TestEdge> {
  const database = await createTestDatabase();
  const log: Record<string, unknown>[] = [];
  const logger = createLogger('debug', { write: (line) => void log.push(JSON.parse(line) as Record<string, unknown>) });
  const settings = loadSettings({ DATA_DIR: '/tmp', ...environment });
  const publicUrl = new PublicUrl('http://village.test');
  const opening = new Opening();
  const drain = new Drain(logger);
  const runtime = { settings, database, logger, publicUrl, opening, drain };

  const imports = [
    RuntimeModule.register(runtime),
    EdgeModule.register(CATALOGUES),
    AccessModule,
    HealthModule,
    DocsModule.register(FAILURE_CATALOGUES),
  ];
  @Module({ imports, controllers })
  class Root {}

  const server = createServer(logger, publicUrl);
  const app = await NestFactory.create<NestFastifyApplication>(Root, new FastifyAdapter(server.fastify), {
    logger: false,
    bodyParser: false,
    abortOnError: false,
  });
  const close = async (): Promise<void> => {
    await app.close();
    await database.close();
  };
  try {
    allowOrigins(app, settings.corsOrigins);
    installEdge(app, server);
    await app.listen(0, '127.0.0.1');
  } catch (error) {
    await close();
    throw error;
  }
  opening.open();
  const url = await app.getUrl();
  const tenant = await createTenant(database);
  const issueKey = async (scopes?: string[]): Promise<string> =>
    (await createApiKey(database, tenant, scopes ? { scopes } : {})).token;
  return {
    url,
    database,
    tenant,
    server,
    drain,
    opening,
    log,
    issueKey,
    signIn: async (scopes) => new TestClient(url, await issueKey(scopes)),
    anonymous: () => new TestClient(url),
    close,
  };
}
