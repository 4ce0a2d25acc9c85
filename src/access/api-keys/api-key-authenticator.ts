import type { IncomingHttpHeaders } from 'node:http';
import type { Authenticator, CredentialSource } from '#libs/http';
import { BriefCache, type Clock } from '#libs/kernel';
import type { ApiKeyLookup, ApiKeyRecord } from '#libs/persistence';
import type { Principal } from '#libs/policy';
import { type ParsedApiKey, matchesHash, parseApiKey } from './api-key.js';
import { permissionsOfKey, rolesOf } from './api-key-rights.js';
import { API_KEY_ERRORS } from './api-keys.errors.js';

// Half of the second within which a revocation must be seen everywhere.
const LIFE_MS = 500;
const MAX_ENTRIES = 10_000;

/** A key whose secret was right, as it was a moment ago. */
interface KnownKey {
  readonly principal: Principal;
  readonly status: string;
  readonly ownerActive: boolean;
  /** On the monotonic clock. */
  readonly expiresAt: number;
}

/**
 * API keys in `X-API-Key` or as a bearer token. A key that is not known and one whose secret is wrong take the same
 * steps and get the same answer. What was found is remembered for half a second under the key's hash, and only when
 * the secret was right, so that guesses fill no memory.
 */
export class ApiKeyAuthenticator implements Authenticator {
  private readonly known: BriefCache<KnownKey>;

  constructor(
    private readonly lookup: Pick<ApiKeyLookup, 'find'>,
    private readonly clock: Pick<Clock, 'monotonic'>,
  ) {
    this.known = new BriefCache({ lifeMs: LIFE_MS, maxEntries: MAX_ENTRIES }, clock);
  }

  async authenticate({ headers }: CredentialSource): Promise<Principal | undefined> {
    const token = tokenOf(headers);
    if (token === undefined) return undefined;
    const key = parseApiKey(token);
    if (!key) throw API_KEY_ERRORS.make('api_key_malformed', 'The API key is incomplete or mistyped: copy it again.');
    const found = await this.known.get(key.hash.toString('base64'), () => this.find(key));
    if (!found) throw API_KEY_ERRORS.make('api_key_invalid', 'The API key is not valid: check it or issue a new one.');
    this.assertUsable(found);
    return found.principal;
  }

  private async find(key: ParsedApiKey): Promise<KnownKey | undefined> {
    const asked = this.clock.monotonic();
    const record = await this.lookup.find(key.keyId);
    if (!matchesHash(key.hash, record?.secret_sha256) || !record) return undefined;
    return {
      principal: principalOf(key.keyId, record),
      status: record.status,
      ownerActive: record.owner_active,
      expiresAt: record.expires_in_ms === null ? Number.POSITIVE_INFINITY : asked + record.expires_in_ms,
    };
  }

  private assertUsable(key: KnownKey): void {
    if (key.status === 'revoked') throw API_KEY_ERRORS.make('api_key_revoked', 'This API key was revoked.');
    if (key.status !== 'active') throw API_KEY_ERRORS.make('api_key_suspended', 'This API key is suspended.');
    if (key.expiresAt <= this.clock.monotonic())
      throw API_KEY_ERRORS.make('api_key_expired', 'This API key has expired.');
    if (!key.ownerActive)
      throw API_KEY_ERRORS.make('api_key_owner_inactive', 'The owner of this API key is deactivated.');
  }
}

function principalOf(keyId: string, record: ApiKeyRecord): Principal {
  return {
    kind: 'api_key',
    id: record.id,
    publicId: keyId,
    tenantId: record.tenant_id,
    userId: record.owner_user_id,
    name: record.name,
    roles: rolesOf(record),
    permissions: permissionsOfKey(record),
  };
}

/** The text that claims to be an API key. A bearer token that does not begin like one is another credential's business. */
function tokenOf(headers: IncomingHttpHeaders): string | undefined {
  const header = headers['x-api-key'];
  const [, bearer] = /^bearer +(ak_\S*) *$/i.exec(headers.authorization ?? '') ?? [];
  if (header === undefined) return bearer;
  const token = String(header).trim();
  if (bearer !== undefined && bearer !== token) {
    throw API_KEY_ERRORS.make('credentials_differ', 'X-API-Key and Authorization carry different API keys: send one.');
  }
  return token;
}
