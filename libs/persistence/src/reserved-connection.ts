import { Pool } from 'pg';
import { clientConfig } from './client-config.js';
import { type Statement, send, sessionStatement, toldByItsQueries } from './connection.js';
import type { ConnectionOptions } from './data-source.js';
import { translate } from './database.errors.js';

/** A beat that took longer would come too late for any lease. */
const ANSWER_MS = 10_000;

/**
 * One connection outside of the pool, for what must go on when the pool is exhausted. It is opened at its first use,
 * and again after it was lost. Its session has the system role and needs no BEGIN: each statement is a transaction of its
 * own, which also makes it cheap for a process that has nothing to do.
 */
export class ReservedConnection {
  private readonly pool: Pool;

  constructor(connection: ConnectionOptions, role: string) {
    this.pool = new Pool({
      ...clientConfig({ ...connection, applicationName: `${connection.applicationName} heartbeat` }),
      max: 1,
      // Beats may be further apart than the pool's patience with idle connections.
      idleTimeoutMillis: 0,
      pipeline: true,
      statement_timeout: ANSWER_MS,
      query_timeout: ANSWER_MS,
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

  async once<Row extends object>(statement: Statement): Promise<Row[]> {
    const [rows] = await this.flight([statement]);
    return rows as Row[];
  }

  async close(): Promise<void> {
    await this.pool.end();
  }
}
