import type { Pool, PoolClient, QueryResult } from 'pg';
import { type DataSource, type QueryRunner, TypeORMError } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import { checkedRole } from './begin.js';
import { translate, unavailable } from './database.errors.js';
import type { Transaction } from './transaction.js';

export type Connection = PoolClient;

/** The pool under the DataSource, so that hand-written SQL and entities share their connections. */
export function poolOf(dataSource: DataSource): Pool {
  return (dataSource.driver as PostgresDriver).master as Pool;
}

/** A connection with an entity manager of its own, given back to the pool when it goes out of scope. */
export async function checkOut(dataSource: DataSource): Promise<CheckedOut> {
  const runner = dataSource.createQueryRunner();
  try {
    const client = (await runner.connect()) as Connection;
    return new CheckedOut(runner, client);
  } catch (error) {
    await runner.release();
    throw translate(error);
  }
}

class CheckedOut implements AsyncDisposable {
  constructor(
    private readonly runner: QueryRunner,
    private readonly client: Connection,
  ) {}

  async transact<T>(begin: string, work: (transaction: Transaction) => Promise<T>): Promise<T> {
    const { client, runner } = this;
    let lost: Error | undefined;
    const lose = (error: Error): void => {
      lost ??= error;
    };
    client.on('error', lose);
    try {
      await client.query(begin);
      // TypeORM must know that a transaction is open, else save() would open and commit one of its own.
      Object.assign(runner, { isTransactionActive: true });
      const result = await work({
        manager: runner.manager,
        query: async <Row extends object>(sql: string, parameters: readonly unknown[] = []) =>
          (await client.query<Row>(sql, [...parameters])).rows,
      });
      await commit(client);
      return result;
    } catch (error) {
      // TypeORM gives a broken connection back at once, and complains of that in words of its own.
      if (lost && error instanceof TypeORMError) throw unavailable(lost);
      // A connection that cannot roll back is broken; the pool drops it when it is released.
      await client.query('rollback').catch(() => undefined);
      throw translate(error);
    } finally {
      Object.assign(runner, { isTransactionActive: false });
      client.off('error', lose);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.runner.release();
  }
}

async function commit(client: Connection): Promise<void> {
  const { command } = await client.query('commit');
  // A transaction that has failed answers COMMIT with ROLLBACK and no error.
  if (command !== 'COMMIT') throw new Error('the transaction was rolled back at its commit');
}

/**
 * SQL that each connection parses and plans once, under a name that is its own in the whole program. For hot
 * statements with a constant text: parsing, row-level security and planning cost several times what running them does.
 * Every table that one reads needs an index that fits.
 */
export interface PreparedSql {
  readonly name: string;
  readonly text: string;
}

/**
 * A plan lasts until its tables are analysed anew, so that one made for a small table would read a large one from end
 * to end: the claim of a goal did, 1.6 ms instead of 0.6 at a thousand goals and more with each. Prepared statements
 * therefore always go by an index, and along it: a bitmap of all due goals, to be sorted for the first of them, costs the
 * same as reading the table. Compiling would never pay for them, and before PostgreSQL 18 the first of these
 * settings makes a plan look dear enough for it.
 */
const FOR_LASTING_PLANS = ['enable_seqscan', 'enable_bitmapscan', 'jit'];
const LASTING_PLANS = `; select ${FOR_LASTING_PLANS.map((each) => `set_config('${each}', 'off', true)`).join(', ')}`;

/** Opens a session in which every statement is its own transaction under a role, and may be prepared. */
export function sessionStatement(role: string): string {
  return [`role ${checkedRole(role)}`, ...FOR_LASTING_PLANS.map((each) => `${each} = off`)]
    .map((each) => `set ${each}`)
    .join('; ');
}

/** One parameterised statement. */
export interface Statement {
  readonly sql: string | PreparedSql;
  readonly parameters: readonly unknown[];
}

/**
 * BEGIN, some statements and COMMIT in one flight on a pipelined connection: nothing waits for an answer in between.
 * Gives the rows of each statement, in order. All or nothing: the first failure is thrown.
 */
export async function settle(client: Connection, begin: string, statements: readonly Statement[]): Promise<object[][]> {
  // While it is checked out the pool does not listen to it, and an error that nobody listens to ends the process.
  client.on('error', toldByItsQueries);
  const lasting = statements.some(({ sql }) => typeof sql !== 'string');
  const opened = client.query(lasting ? begin + LASTING_PLANS : begin);
  const answers = statements.map((statement) => send(client, statement));
  const closed = client.query('commit');
  const outcomes = await Promise.allSettled([opened, ...answers, closed]);
  client.release();
  client.off('error', toldByItsQueries);
  const failure = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failure) throw translate(failure.reason);
  if ((await closed).command !== 'COMMIT') throw new Error('the transaction was rolled back at its commit');
  return (await Promise.all(answers)).map((answer) => answer.rows);
}

/** Sends a statement; on a pipelined connection without waiting for those before. */
export function send(client: Connection, { sql, parameters }: Statement): Promise<QueryResult<object>> {
  return client.query<object>({ ...(typeof sql === 'string' ? { text: sql } : sql), values: [...parameters] });
}

/** That a connection broke is the failure of each query on it. */
export function toldByItsQueries(): void {}
