import type { TenantSettings } from './tenant-settings.port.js';
import type { SuspensionReason, TenantStatus, TenantTier } from './tenant.entity.js';

export interface TenantSummary {
  readonly id: string;
  readonly name: string;
  readonly slug: string;
  readonly tier: TenantTier;
  readonly status: TenantStatus;
  readonly suspensionReason: SuspensionReason | null;
}

/** What other features may know about a tenant. */
export abstract class TenantDirectory {
  /** The tenant as it is now. Throws `not_found` for an id that is none. */
  abstract get(tenantId: string): Promise<TenantSummary>;
  /** What the tenant has decided for itself, as it is now. Throws `not_found` for an id that is none. */
  abstract settingsOf(tenantId: string): Promise<TenantSettings>;
}
