import { Injectable } from '@nestjs/common';
import { publicId } from '#libs/kernel';
import { type Principal, inOrder } from '#libs/policy';
import { UserDirectory } from '../../identity/users.port.js';
import { TenantDirectory } from '../../tenancy/tenants.port.js';
import { ApiKeyDirectory } from '../api-keys/api-keys.port.js';
import type { Me } from './me.schemas.js';

@Injectable()
export class MeService {
  constructor(
    private readonly tenants: TenantDirectory,
    private readonly users: UserDirectory,
    private readonly keys: ApiKeyDirectory,
  ) {}

  /** Describes a principal with what is known about it now. */
  async describe(principal: Principal): Promise<Me> {
    const { tenantId, userId } = principal;
    const [tenant, owner, key] = await Promise.all([
      this.tenants.get(tenantId),
      userId === null ? undefined : this.users.find(tenantId, userId),
      principal.kind === 'api_key' ? this.keys.find(tenantId, principal.id) : undefined,
    ]);
    const { name, slug, tier, status } = tenant;
    // Keys show the id that is part of them; any other principal that comes by HTTP stands for a user.
    const id = key?.keyId ?? publicId('usr', userId ?? principal.id);
    return {
      principal: { kind: principal.kind, id, name: principal.name },
      tenant: { id: publicId('ten', tenant.id), name, slug, tier, status },
      roles: [...principal.roles],
      permissions: inOrder(principal.permissions),
      scopes: key ? [...key.scopes] : null,
      key_id: key?.keyId ?? null,
      owner: owner ? { id: publicId('usr', owner.id), email: owner.email } : null,
    };
  }
}
