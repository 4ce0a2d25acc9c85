import type { DataSource } from 'typeorm';
import { beginStatement } from '../begin.js';
import { type PreparedSql, checkOut } from '../connection.js';
import { flightAs } from '../tenant-transaction.js';
import type { Transaction } from '../transaction.js';

/**
 * A transaction under the system role, which sees every tenant. Only files of this folder may use it, so that a
 * reviewer finds every statement that crosses tenants in one place: claims, sweeps, key look-ups, log readers.
 */
export class SystemTransaction {
  private readonly begin: string;

  constructor(
    private readonly dataSource: DataSource,
    role: string,
  ) {
    this.begin = beginStatement(role, []);
  }

  async run<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    await using connection = await checkOut(this.dataSource);
    return await connection.transact(this.begin, work);
  }

  /** One statement, sent with its BEGIN and COMMIT in one flight. */
  async once<Row extends object>(sql: string | PreparedSql, parameters: readonly unknown[] = []): Promise<Row[]> {
    const [rows] = await flightAs(this.dataSource, this.begin, [{ sql, parameters }]);
    return rows as Row[];
  }
}
