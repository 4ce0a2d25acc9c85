import { Pool } from 'pg';
import { clientConfig } from './client-config.js';
import { type PreparedSql, type Statement, send, sessionStatement, toldByItsQueries } from './connection.js';
import type { ConnectionOptions } from './data-source.js';
import { translate } from './database.errors.js';

export interface ReservedOptions {
  /** What the connections are for, as it is shown in pg_stat_activity. */
  readonly purpose: string;
  /** Connections at the most. */
  readonly size: number;
  /** How long a statement is waited for, in milliseconds. */
  readonly answerMs: number;
}

/**
 * Connections outside of the pool, for what must go on when the pool is exhausted. They are opened when they are first
 * used, and again after they were lost. Their sessions have the system role and need no BEGIN: each statement is a
 * transaction of its own, and one message instead of eight, so that a process that has nothing to do asks little.
 */
export class ReservedConnection {
  private readonly pool: Pool;

  constructor(connection: ConnectionOptions, role: string, { purpose, size, answerMs }: ReservedOptions) {
    this.pool = new Pool({
      ...clientConfig({ ...connection, applicationName: `${connection.applicationName} ${purpose}` }),
      max: size,
      // Those that were needed for a moment only are closed; one stays, since a process looks more often than that.
      idleTimeoutMillis: 60_000,
      pipeline: true,
      statement_timeout: answerMs,
      query_timeout: answerMs + 5_000,
      keepAliveInitialDelayMillis: 10_000,
    });
    this.pool.on('error', toldByItsQueries);
    const session = sessionStatement(role);
    // What fails here fails what follows, too: without the role nothing may be written.
    this.pool.on('connect', (client) => void client.query(session).catch(toldByItsQueries));
  }

  /** Statements in one flight, each a transaction of its own. Gives the rows of each; the first failure is thrown. */
  async flight(statements: readonly Statement[]): Promise<object[][]> {
    const client = await this.pool.connect().catch((error: unknown) => {
      throw translate(error);
    });
    client.on('error', toldByItsQueries);
    const answers = statements.map((statement) => send(client, statement));
    const outcomes = await Promise.allSettled(answers);
    client.release();
    client.off('error', toldByItsQueries);
    const failure = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failure) throw translate(failure.reason);
    return (await Promise.all(answers)).map(({ rows }) => rows);
  }

  async once<Row extends object>(sql: string | PreparedSql, parameters: readonly unknown[] = []): Promise<Row[]> {
    const [rows] = await this.flight([{ sql, parameters }]);
    return rows as Row[];
  }

  async close(): Promise<void> {
    await this.pool.end();
  }
}
