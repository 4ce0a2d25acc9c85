import { Injectable } from '@nestjs/common';
import { TenantTransaction } from '#libs/persistence';
import { ApiKey } from './api-key.entity.js';
import { ApiKeyDirectory, type ApiKeySummary } from './api-keys.port.js';

@Injectable()
export class ApiKeysService extends ApiKeyDirectory {
  constructor(private readonly tenants: TenantTransaction) {
    super();
  }

  override async find(tenantId: string, id: string): Promise<ApiKeySummary | undefined> {
    const key = await this.tenants.run(tenantId, ({ manager }) => manager.findOneBy(ApiKey, { tenantId, id }));
    return key ? { keyId: key.keyId, scopes: key.scopes } : undefined;
  }
}
