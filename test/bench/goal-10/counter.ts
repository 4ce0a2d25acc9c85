import { Client } from 'pg';
import { type Place, ask } from '../arena.js';

/** Counts transactions that wrote something, over the whole server: each takes one number from the same sequence. */
export class Counter implements AsyncDisposable {
  static async open({ administratorUrl }: Place): Promise<Counter> {
    const client = new Client({ connectionString: administratorUrl });
    await client.connect();
    return new Counter(client);
  }

  private constructor(private readonly client: Client) {}

  /** The count so far. Reading it writes nothing, so differences are exact. */
  async commits(): Promise<number> {
    const sql = 'select pg_snapshot_xmax(pg_current_snapshot())::text::float8 as xmax';
    const { rows } = await this.client.query<{ xmax: number }>(sql);
    return rows[0]!.xmax;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.end();
  }
}

/**
 * What autovacuum does once a minute in a database that is in use. Plans made for empty tables would otherwise last
 * through the whole run: a prepared statement keeps reading tables from end to end.
 */
export async function tidy({ administratorUrl }: Place): Promise<void> {
  await ask(administratorUrl, 'vacuum (analyze)');
}
