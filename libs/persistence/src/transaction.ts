import type { EntityManager } from 'typeorm';

/** What the work inside a transaction may use. Both run on the same connection, under the same row-level security. */
export interface Transaction {
  /** Runs parameterised SQL and gives its rows. */
  query<Row extends object>(sql: string, parameters?: readonly unknown[]): Promise<Row[]>;
  /** Repositories of the entities, bound to this transaction. The only place where a Repository may be used. */
  readonly manager: EntityManager;
}
