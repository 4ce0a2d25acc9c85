import { rmSync } from 'node:fs';
import type { Logger } from 'pino';
import type { ConnectionOptions } from '../data-source.js';
import { DATABASE, LOGIN, OWNER } from './initialise.js';
import type { LaunchPlan } from './launch.js';
import type { Credentials } from './layout.js';
import { launch, isServer, shutDown } from './postmaster.js';
import { boundLog } from './server-log.js';

type Socket = NonNullable<ConnectionOptions['socket']>;

const WATCH_MS = 2_000;

/** The embedded PostgreSQL while it runs: watched, started again should it die, stopped once. */
export class EmbeddedServer {
  private readonly watch: NodeJS.Timeout;
  private relaunching: Promise<void> | undefined;
  private stopped: Promise<void> | undefined;

  constructor(
    private readonly plan: LaunchPlan,
    private readonly credentials: Credentials,
    private pid: number,
    private readonly logger: Logger,
  ) {
    this.watch = setInterval(() => this.look(), WATCH_MS).unref();
  }

  /** Owns the database and may create roles: for migrations. */
  get ownerConnection(): Socket {
    return this.connectionOf(OWNER, this.credentials.ownerPassword);
  }

  /** Owns nothing and inherits nothing: for everything else. */
  get loginConnection(): Socket {
    return this.connectionOf(LOGIN, this.credentials.loginPassword);
  }

  /** A connection over the server's socket as somebody else. */
  connectionOf(user: string, password: string): Socket {
    return { folder: this.plan.socketFolder, port: 5432, user, password, database: DATABASE };
  }

  /** Ends the server. Call it when the pool is closed: sessions that are still open are broken off. */
  stop(): Promise<void> {
    this.stopped ??= this.shutDown();
    return this.stopped;
  }

  private async shutDown(): Promise<void> {
    clearInterval(this.watch);
    await this.relaunching;
    await shutDown(this.pid, this.plan.mark, this.logger);
    if (isServer(this.pid, this.plan.mark)) return;
    rmSync(this.plan.socketFolder, { recursive: true, force: true });
  }

  /** Its own crashes PostgreSQL mends itself; that its main process is killed (by the system, out of memory) is seen here. */
  private look(): void {
    this.boundLog();
    if (this.relaunching || isServer(this.pid, this.plan.mark)) return;
    this.logger.error({ serverPid: this.pid }, 'the embedded database has died; it is started again');
    this.relaunching = this.relaunch();
  }

  // It is called by a timer: what it threw would end the program, for a log that merely stays large.
  private boundLog(): void {
    try {
      boundLog(this.plan.layout.log);
    } catch (error) {
      this.logger.warn({ err: error }, 'the log of the embedded database could not be kept small');
    }
  }

  private async relaunch(): Promise<void> {
    try {
      this.pid = await launch(this.plan, this.logger);
    } catch (error) {
      this.logger.error({ err: error }, 'the embedded database could not be started again');
    } finally {
      this.relaunching = undefined;
    }
  }
}
