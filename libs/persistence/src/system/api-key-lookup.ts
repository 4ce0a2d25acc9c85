import type { SystemTransaction } from './system-transaction.js';

/** What is stored about a key and its owner at this moment. */
export interface ApiKeyRecord {
  readonly id: string;
  readonly tenant_id: string;
  readonly name: string;
  readonly status: string;
  readonly scopes: string[];
  readonly secret_sha256: Buffer;
  /** Milliseconds until the key expires, by the database's clock; null for never. */
  readonly expires_in_ms: number | null;
  readonly owner_user_id: string;
  /** Both the owner's account and membership are active. */
  readonly owner_active: boolean;
  readonly owner_roles: string[];
  readonly owner_is_system_admin: boolean;
}

const SQL = `
  select k.id, k.tenant_id, k.name, k.status, k.scopes, k.secret_sha256, k.owner_user_id,
         (extract(epoch from k.expires_at - now()) * 1000)::float8 as expires_in_ms,
         m.status = 'ACTIVE' and u.status = 'ACTIVE' as owner_active,
         m.roles as owner_roles, u.is_system_admin as owner_is_system_admin
    from api_key k
    join membership m on m.tenant_id = k.tenant_id and m.user_id = k.owner_user_id
    join user_account u on u.id = k.owner_user_id
   where k.key_id = $1`;

/** Finds a key by its id, over all tenants: it is the key that tells the tenant. */
export class ApiKeyLookup {
  constructor(private readonly system: SystemTransaction) {}

  async find(keyId: string): Promise<ApiKeyRecord | undefined> {
    const [record] = await this.system.once<ApiKeyRecord>(SQL, [keyId]);
    return record;
  }
}
