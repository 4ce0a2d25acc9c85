import { TenantGate } from '#libs/http';
import { BriefCache, type Clock } from '#libs/kernel';
import type { TenantTransaction } from '#libs/persistence';
import { TENANCY_ERRORS } from './tenancy.errors.js';

// Half of the second within which a suspension must be seen everywhere.
const LIFE_MS = 500;
const MAX_ENTRIES = 10_000;

interface Standing {
  readonly status: string;
  readonly suspension_reason: string | null;
}

/** Lets only active tenants through. What it finds is remembered for half a second, in every process for itself. */
export class ActiveTenantGate extends TenantGate {
  private readonly standings: BriefCache<Standing>;

  constructor(
    private readonly tenants: Pick<TenantTransaction, 'once'>,
    clock: Pick<Clock, 'monotonic'>,
  ) {
    super();
    this.standings = new BriefCache({ lifeMs: LIFE_MS, maxEntries: MAX_ENTRIES }, clock);
  }

  override async assertActive(tenantId: string): Promise<void> {
    const standing = await this.standings.get(tenantId, () => this.find(tenantId));
    if (standing?.status === 'ACTIVE') return;
    if (standing?.status === 'SUSPENDED') {
      throw TENANCY_ERRORS.make(
        'tenant_suspended',
        `The tenant is suspended (${standing.suspension_reason}): have an administrator of the platform activate it.`,
      );
    }
    throw TENANCY_ERRORS.make('tenant_inactive', 'The tenant is not active: it awaits approval, or was deleted.');
  }

  private async find(tenantId: string): Promise<Standing | undefined> {
    const [standing] = await this.tenants.once<Standing>(
      tenantId,
      'select status, suspension_reason from tenant where id = $1',
      [tenantId],
    );
    return standing;
  }
}
