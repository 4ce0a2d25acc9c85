import { Injectable } from '@nestjs/common';
import { COMMON_ERRORS } from '#libs/kernel';
import { TenantTransaction } from '#libs/persistence';
import type { TenantSettings } from './tenant-settings.port.js';
import { Tenant } from './tenant.entity.js';
import { TenantDirectory, type TenantSummary } from './tenants.port.js';

@Injectable()
export class TenantsService extends TenantDirectory {
  constructor(private readonly tenants: TenantTransaction) {
    super();
  }

  override async get(tenantId: string): Promise<TenantSummary> {
    const { id, name, slug, tier, status, suspensionReason } = await this.find(tenantId);
    return { id, name, slug, tier, status, suspensionReason };
  }

  override async settingsOf(tenantId: string): Promise<TenantSettings> {
    return (await this.find(tenantId)).settings;
  }

  private async find(tenantId: string): Promise<Tenant> {
    const tenant = await this.tenants.run(tenantId, ({ manager }) => manager.findOneBy(Tenant, { id: tenantId }));
    if (!tenant) throw COMMON_ERRORS.make('not_found', 'There is no such tenant.');
    return tenant;
  }
}
