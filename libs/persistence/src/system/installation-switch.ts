import { HALT_CHANNEL } from '../channels.js';
import type { Transaction } from '../transaction.js';
import { becomeTenant } from './become-tenant.js';
import type { SystemTransaction } from './system-transaction.js';

/** The kill switch for everything, while it is engaged. */
export interface EngagedSwitch {
  /** An actor as in journals. Platform administrators may see who it is, tenants may not. */
  readonly engaged_by: { readonly kind: string; readonly id: string; readonly name: string };
  readonly reason: string | null;
  readonly engaged_at: Date;
}

/** Puts what happened on record: in the same transaction, under the application role and confined to the tenant. */
export interface SwitchRecord {
  /** UUID of the tenant of whoever does it. */
  readonly tenantId: string;
  write(transaction: Transaction): Promise<void>;
}

// A row that was there keeps what it says; the update makes the statement wait for it, and give it. `xmax` is set by
// an update only.
const ENGAGE = `
  insert into installation_switch (engaged, engaged_by, reason) values (true, $1, $2)
  on conflict (engaged) do update set engaged = true
  returning engaged_by, reason, engaged_at, xmax = 0 as is_new`;

/** Stops the goals of all tenants, and lets them go on. */
export class InstallationSwitch {
  constructor(
    private readonly system: SystemTransaction,
    private readonly appRole: string,
  ) {}

  /** Engages it, unless it is; whoever was first stays. Recorded when this call did it. */
  async engage(by: EngagedSwitch['engaged_by'], reason: string | null, record: SwitchRecord): Promise<EngagedSwitch> {
    return this.system.run(async (transaction) => {
      const given = [JSON.stringify(by), reason];
      const [row] = await transaction.query<EngagedSwitch & { is_new: boolean }>(ENGAGE, given);
      const { is_new: isNew, ...engaged } = row!;
      if (isNew) await this.tell(transaction, record);
      return engaged;
    });
  }

  /** Lifts it; gives whether it was engaged, and if so, records that. */
  async lift(record: SwitchRecord): Promise<boolean> {
    return this.system.run(async (transaction) => {
      const gone = await transaction.query('delete from installation_switch returning engaged');
      if (gone.length > 0) await this.tell(transaction, record);
      return gone.length > 0;
    });
  }

  private async tell(transaction: Transaction, record: SwitchRecord): Promise<void> {
    await transaction.query(`select pg_notify('${HALT_CHANNEL}', '')`);
    await becomeTenant(transaction, this.appRole, record.tenantId);
    await record.write(transaction);
  }
}
