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
