import type { Transaction } from '../transaction.js';
import { becomeTenant } from './become-tenant.js';
import type { SystemTransaction } from './system-transaction.js';

/** An account of the first start. */
export interface FirstUser {
  readonly id: string;
  /** In lower case. */
  readonly email: string;
  readonly name: string;
  readonly passwordHash: string;
  readonly isSystemAdmin: boolean;
  /** Roles in the first tenant, of which everybody is a member. */
  readonly roles: readonly string[];
}

export interface FirstTenant {
  readonly id: string;
  readonly name: string;
  readonly slug: string;
  readonly tier: string;
  readonly settings: object;
  readonly ownerUserId: string;
}

export interface FirstRows {
  readonly tenant: FirstTenant;
  readonly users: readonly FirstUser[];
}

// Any constants will do; they must not change, because two versions may start at the same time.
const LOCK = 4_170_563_901;
const ALONE = 4_170_563_902;

/**
 * The first tenant of an installation that has none, with its people. What makes an installation's first rows crosses
 * tenants by nature: there is none yet in whose name it could be done.
 */
export class FirstRun {
  constructor(
    private readonly system: SystemTransaction,
    private readonly appRole: string,
  ) {}

  /** Runs `work`, which makes transactions of its own, while no other process of the installation does. */
  async alone<T>(work: () => Promise<T>): Promise<T> {
    return this.system.run(async (transaction) => {
      await transaction.query('select pg_advisory_xact_lock($1)', [ALONE]);
      return work();
    });
  }

  async tenantExists(id: string): Promise<boolean> {
    const rows = await this.system.once('select from tenant where id = $1', [id]);
    return rows.length > 0;
  }

  /**
   * Makes the rows and runs `asTenant` in the same transaction, there under the application role and confined to the
   * new tenant. Does nothing and gives undefined when there is a tenant already; of several that start at the same
   * time, one does it. `prepare` is called only when there is something to do.
   */
  async create<T>(
    prepare: () => Promise<FirstRows>,
    asTenant: (transaction: Transaction) => Promise<T>,
  ): Promise<T | undefined> {
    return this.system.run(async (transaction) => {
      await transaction.query('select pg_advisory_xact_lock($1)', [LOCK]);
      const existing = await transaction.query('select from tenant limit 1');
      if (existing.length > 0) return undefined;
      const { tenant, users } = await prepare();
      for (const user of users) await insertUser(transaction, user);
      await insertTenant(transaction, tenant);
      for (const user of users) await insertMember(transaction, tenant, user);
      await becomeTenant(transaction, this.appRole, tenant.id);
      return asTenant(transaction);
    });
  }
}

async function insertUser(transaction: Transaction, user: FirstUser): Promise<void> {
  await transaction.query(
    `insert into user_account (id, email, name, status, email_verified_at, password_hash, is_system_admin)
     values ($1, $2, $3, 'ACTIVE', now(), $4, $5)`,
    [user.id, user.email, user.name, user.passwordHash, user.isSystemAdmin],
  );
}

async function insertTenant(transaction: Transaction, tenant: FirstTenant): Promise<void> {
  await transaction.query(
    `insert into tenant (id, name, slug, tier, status, owner_user_id, settings)
     values ($1, $2, $3, $4, 'ACTIVE', $5, $6)`,
    [tenant.id, tenant.name, tenant.slug, tenant.tier, tenant.ownerUserId, JSON.stringify(tenant.settings)],
  );
}

async function insertMember(transaction: Transaction, tenant: FirstTenant, user: FirstUser): Promise<void> {
  await transaction.query(`insert into membership (tenant_id, user_id, roles, status) values ($1, $2, $3, 'ACTIVE')`, [
    tenant.id,
    user.id,
    user.roles,
  ]);
}
