import { BriefCache, type Clock } from '#libs/kernel';
import type { ApiKeyLookup, ApiKeyRecord } from '#libs/persistence';
import { type Permission, effectivePermissions, permissionsOf } from '#libs/policy';
import { ApiKeyRights } from './api-keys.port.js';

// Half of the second within which a revocation must be seen everywhere.
const LIFE_MS = 500;
const MAX_ENTRIES = 10_000;

const NOTHING: ReadonlySet<Permission> = new Set();

/** Roles of the owner, the platform's own included. */
export function rolesOf(record: ApiKeyRecord): readonly string[] {
  return record.owner_is_system_admin ? [...record.owner_roles, 'SYSTEM_ADMIN'] : record.owner_roles;
}

/** The scopes of a key, cut down to what its owner may do. */
export function permissionsOfKey(record: ApiKeyRecord): ReadonlySet<Permission> {
  return effectivePermissions(record.scopes, permissionsOf(rolesOf(record)));
}

/** Looks at keys again, as they are now, for work that goes on after the request that began it. */
export class CurrentApiKeyRights extends ApiKeyRights {
  private readonly known: BriefCache<ReadonlySet<Permission>>;

  constructor(
    private readonly lookup: Pick<ApiKeyLookup, 'find'>,
    clock: Pick<Clock, 'monotonic'>,
  ) {
    super();
    this.known = new BriefCache({ lifeMs: LIFE_MS, maxEntries: MAX_ENTRIES }, clock);
  }

  override async permissionsNow(keyId: string): Promise<ReadonlySet<Permission>> {
    return (await this.known.get(keyId, () => this.find(keyId))) ?? NOTHING;
  }

  private async find(keyId: string): Promise<ReadonlySet<Permission>> {
    const record = await this.lookup.find(keyId);
    const usable = record?.status === 'active' && record.owner_active && (record.expires_in_ms ?? 1) > 0;
    return usable ? permissionsOfKey(record) : NOTHING;
  }
}
