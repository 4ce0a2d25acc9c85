import 'reflect-metadata';
import { isIPv6 } from 'node:net';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { migrations } from '../migrations/index.js';
import { AppModule } from './app.module.js';
import { bootstrap } from './bootstrap/bootstrap.js';
import { installEdge } from './edge/edge.js';
import { allowOrigins } from './edge/cross-origin.js';
import { type EdgeServer, createServer } from './edge/server.js';
import { ENTITIES } from './entities.js';
import { NestLogger } from './process/nest-logger.js';
import { explainListenError } from './process/start-error.js';
import type { Runtime } from './runtime.module.js';
import type { Settings } from '#libs/config';
import { Drain, type Logger, createLogger } from '#libs/context';
import { Opening, PublicUrl } from '#libs/http';
import { type Database, EventPartitions, type OpenDatabaseOptions, openDatabase } from '#libs/persistence';

/** How long work that has begun may take to finish or be handed back once the program is told to stop. */
const DRAIN_MS = 20_000;
/** How long answers that are being written may take after that, before their connections are cut. */
const LAST_ANSWERS_MS = 3_000;

/** The running program. */
export interface Program {
  /** Where users reach it. */
  readonly url: string;
  /** Drains, stops listening, and closes the database. A second call waits for the first. */
  close(): Promise<void>;
}

export interface ProgramOptions {
  readonly logger?: Logger;
  /** Gives up starting: an AbortError is thrown at the next step, with nothing left open. */
  readonly signal?: AbortSignal;
  /** Shows a text to whoever started the program. */
  readonly print?: (text: string) => unknown;
}

/**
 * Starts the program in the role of its settings: opens the database (and migrates it, as `all`), listens, and makes
 * the first tenant where there is none. Throws a StartError or a DatabaseStartError, with nothing left open, when
 * something about the installation is not right.
 */
export async function startProgram(settings: Settings, options: ProgramOptions = {}): Promise<Program> {
  const logger = options.logger ?? createLogger(settings.logLevel);
  const database = await open(settings, logger, { migrate: settings.role === 'all', signal: options.signal });
  const runtime: Runtime = {
    settings,
    database,
    logger,
    publicUrl: new PublicUrl(settings.publicUrl ?? `http://localhost:${settings.port}`),
    opening: new Opening(),
    drain: new Drain(logger),
  };
  try {
    return await serve(runtime, options);
  } catch (error) {
    await database.close();
    throw error;
  }
}

async function serve(runtime: Runtime, { print, signal }: ProgramOptions): Promise<Program> {
  const { settings, database, logger } = runtime;
  const partitions = new EventPartitions(database.system, logger);
  const { app, server } = await createApplication(runtime);
  try {
    signal?.throwIfAborted();
    await partitions.start();
    signal?.throwIfAborted();
    await listen(app, runtime);
    const url = runtime.publicUrl.origin;
    await bootstrap({ database, settings, url, logger, ...(print ? { print } : {}) });
    signal?.throwIfAborted();
    runtime.opening.open();
    logger.info({ url, role: settings.role }, 'ready');
    let closing: Promise<void> | undefined;
    return {
      url,
      close: () => {
        partitions.stop();
        return (closing ??= close(app, server, runtime));
      },
    };
  } catch (error) {
    partitions.stop();
    await app.close();
    throw error;
  }
}

/** Brings the database up to date and closes it again: the role `migrate`. */
export async function migrateOnly(settings: Settings, logger: Logger, signal?: AbortSignal): Promise<void> {
  const database = await open(settings, logger, { migrate: true, signal });
  await database.close();
}

function open(
  settings: Settings,
  logger: Logger,
  how: Pick<OpenDatabaseOptions, 'migrate' | 'signal'>,
): Promise<Database> {
  return openDatabase({
    url: settings.databaseUrl,
    migrationUrl: settings.databaseMigrationUrl,
    dataDir: settings.dataDir,
    poolSize: settings.databasePoolSize,
    applicationName: `agent-village ${settings.role}`,
    roles: { app: settings.appRole, system: settings.systemRole },
    ...how,
    entities: ENTITIES,
    migrations,
    logger,
  });
}

async function createApplication(runtime: Runtime): Promise<{ app: NestFastifyApplication; server: EdgeServer }> {
  const server = createServer(runtime.logger, runtime.publicUrl);
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.register(runtime),
    new FastifyAdapter(server.fastify),
    { logger: new NestLogger(runtime.logger), bodyParser: false, abortOnError: false },
  );
  allowOrigins(app, runtime.settings.corsOrigins);
  installEdge(app, server);
  await app.init();
  return { app, server };
}

async function listen(app: NestFastifyApplication, { settings, publicUrl }: Runtime): Promise<void> {
  const { host, port } = settings;
  try {
    await app.listen(port, host);
  } catch (error) {
    throw explainListenError(error, host, port);
  }
  const address: unknown = app.getHttpServer().address();
  const bound = typeof address === 'object' && address !== null && 'port' in address ? Number(address.port) : port;
  publicUrl.announce(settings.publicUrl ?? `http://${hostOfUrl(host)}:${bound}`);
}

function hostOfUrl(host: string): string {
  if (['0.0.0.0', '::', '127.0.0.1', '::1', 'localhost'].includes(host)) return 'localhost';
  return isIPv6(host) ? `[${host}]` : host;
}

async function close(app: NestFastifyApplication, server: EdgeServer, runtime: Runtime): Promise<void> {
  const { logger, drain, database } = runtime;
  logger.info('stopping');
  try {
    await drain.run(DRAIN_MS);
    const cut = setTimeout(() => server.fastify.server.closeAllConnections(), LAST_ANSWERS_MS);
    await app.close().finally(() => clearTimeout(cut));
  } finally {
    await database.close();
  }
  logger.info('stopped');
}
