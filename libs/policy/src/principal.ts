import type { Permission } from './permissions.js';

/** Who acts. The kind says which credential proved it. */
export type PrincipalKind = 'user' | 'api_key' | 'service' | 'agent' | 'system';

/** An authenticated actor inside one tenant. */
export interface Principal {
  readonly kind: PrincipalKind;
  /** UUID of the user, the key, …, by kind. */
  readonly id: string;
  /** How it is named on the wire: `ak_…` for a key, `usr_…` for a user. Stands in journals and events. */
  readonly publicId: string;
  /** UUID of the tenant that the credential is bound to. */
  readonly tenantId: string;
  /** Who is accountable: the user behind a key or an agent. UUID. */
  readonly userId: string | null;
  /** A name for people: an e-mail address, a key's name. Shown in journals and audit. */
  readonly name: string;
  /** Built-in or custom roles of the accountable user in the tenant. */
  readonly roles: readonly string[];
  /** What the credential may do now: its scopes cut down to the owner's permissions. */
  readonly permissions: ReadonlySet<Permission>;
}
