import type { Permission } from '#libs/policy';

export interface ApiKeySummary {
  /** `ak_` and 12 hex digits. */
  readonly keyId: string;
  readonly scopes: readonly string[];
}

/** What others may know about an API key. */
export abstract class ApiKeyDirectory {
  /** A key of the tenant by its UUID; undefined when there is none. */
  abstract find(tenantId: string, id: string): Promise<ApiKeySummary | undefined>;
}

/** What a key may do at this moment. */
export abstract class ApiKeyRights {
  /** The permissions of a key by its id (`ak_…`); none for a key that is unknown, revoked, expired or without an active owner. */
  abstract permissionsNow(keyId: string): Promise<ReadonlySet<Permission>>;
}
