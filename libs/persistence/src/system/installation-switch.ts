import { HALT_CHANNEL } from '../channels.js';
import type { SystemTransaction } from './system-transaction.js';

/** The kill switch for everything, while it is engaged. */
export interface EngagedSwitch {
  /** An actor as in journals. */
  readonly engaged_by: { readonly kind: string; readonly id: string; readonly name: string };
  readonly reason: string | null;
  readonly engaged_at: Date;
}

const READ = 'select engaged_by, reason, engaged_at from installation_switch';

/** Stops the goals of all tenants, and lets them go on. */
export class InstallationSwitch {
  constructor(private readonly system: SystemTransaction) {}

  async read(): Promise<EngagedSwitch | undefined> {
    const [row] = await this.system.once<EngagedSwitch>(READ);
    return row;
  }

  /** Engages it, unless it is; whoever was first stays on record. Gives whether this call did it. */
  async engage(by: EngagedSwitch['engaged_by'], reason: string | null): Promise<boolean> {
    return this.system.run(async (transaction) => {
      const made = await transaction.query(
        'insert into installation_switch (engaged, engaged_by, reason) values (true, $1, $2) on conflict do nothing returning engaged',
        [JSON.stringify(by), reason],
      );
      await transaction.query(`select pg_notify('${HALT_CHANNEL}', '')`);
      return made.length > 0;
    });
  }

  /** Lifts it; gives whether it was engaged. */
  async lift(): Promise<boolean> {
    return this.system.run(async (transaction) => {
      const gone = await transaction.query('delete from installation_switch returning engaged');
      await transaction.query(`select pg_notify('${HALT_CHANNEL}', '')`);
      return gone.length > 0;
    });
  }
}
