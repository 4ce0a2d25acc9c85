import type { IncomingHttpHeaders } from 'node:http';
import type { Principal } from '#libs/policy';

/** What a credential may be looked for in. */
export interface CredentialSource {
  /** Header names are in lower case. */
  readonly headers: IncomingHttpHeaders;
  /** Address of the caller. */
  readonly address: string;
}

/** One way to prove who one is: API keys now, sessions and tokens later. */
export interface Authenticator {
  /**
   * The principal of the credential; undefined when the request carries none of this kind. Throws a DomainError for
   * one that is not good, so that no other kind is tried in its place.
   */
  authenticate(source: CredentialSource): Promise<Principal | undefined>;
}

/**
 * The authenticators of this program. Modules add theirs when they are made, so that the edge knows of none by name.
 */
export class Authenticators {
  private readonly list: Authenticator[] = [];

  add(authenticator: Authenticator): void {
    this.list.push(authenticator);
  }

  /** In the order in which they were added. */
  get all(): readonly Authenticator[] {
    return this.list;
  }
}

/** Whether a tenant may act at all. The module that owns tenants provides it. */
export abstract class TenantGate {
  /** Throws a DomainError when the tenant is not active (suspended, not approved, deleted). */
  abstract assertActive(tenantId: string): Promise<void>;
}
