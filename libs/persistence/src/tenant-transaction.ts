import type { DataSource } from 'typeorm';
import { beginStatement } from './begin.js';
import { type Connection, type PreparedSql, type Statement, checkOut, poolOf, settle } from './connection.js';
import { translate } from './database.errors.js';
import type { Transaction } from './transaction.js';

/**
 * The door to tenant data: a transaction under the application role, which row-level security confines to the named
 * tenants. Without it a connection sees nothing at all.
 */
export class TenantTransaction {
  constructor(
    private readonly dataSource: DataSource,
    private readonly role: string,
  ) {}

  /** Runs `work` in one transaction; commits when it resolves, rolls back when it throws. */
  async run<T>(tenants: string | readonly string[], work: (transaction: Transaction) => Promise<T>): Promise<T> {
    const begin = beginStatement(this.role, tenants);
    await using connection = await checkOut(this.dataSource);
    return await connection.transact(begin, work);
  }

  /**
   * One statement in a transaction of its own, sent in one flight (BEGIN, statement and COMMIT without waiting in
   * between): a third of the round trips. For hot reads and for commits that are one statement.
   */
  async once<Row extends object>(
    tenants: string | readonly string[],
    sql: string | PreparedSql,
    parameters: readonly unknown[] = [],
  ): Promise<Row[]> {
    const [rows] = await this.flight(tenants, [{ sql, parameters }]);
    return rows as Row[];
  }

  /** Several statements in one transaction and one flight. Gives the rows of each. */
  async flight(tenants: string | readonly string[], statements: readonly Statement[]): Promise<object[][]> {
    return flightAs(this.dataSource, beginStatement(this.role, tenants), statements);
  }
}

/** The same flight for a role that the caller has already put into `begin`. */
export async function flightAs(
  dataSource: DataSource,
  begin: string,
  statements: readonly Statement[],
): Promise<object[][]> {
  return settle(await connect(dataSource), begin, statements);
}

async function connect(dataSource: DataSource): Promise<Connection> {
  try {
    return await poolOf(dataSource).connect();
  } catch (error) {
    throw translate(error);
  }
}
