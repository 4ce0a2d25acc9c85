import { newId, publicId } from '#libs/kernel';
import { EventRecorder, type Transaction } from '#libs/persistence';
import type { Permission } from '#libs/policy';
import { ApiKey, type ApiKeyKind } from './api-key.entity.js';
import { generateApiKey } from './api-key.js';

export interface ApiKeyRequest {
  /** UUID. */
  readonly tenantId: string;
  readonly name: string;
  readonly kind: ApiKeyKind;
  readonly scopes: readonly Permission[];
  /** UUID of the member whose permissions bound those of the key. */
  readonly ownerUserId: string;
  /** UUID of the member who asks for it. */
  readonly createdBy: string;
}

export interface IssuedApiKey {
  /** UUID. */
  readonly id: string;
  /** `ak_` and 12 hex digits. */
  readonly keyId: string;
  /** The whole key: nobody can see it again. */
  readonly token: string;
}

const recorder = new EventRecorder();

/** Issues a key in the caller's transaction, which must be one of the tenant. */
export async function issueApiKey(transaction: Transaction, request: ApiKeyRequest): Promise<IssuedApiKey> {
  const { keyId, token, hash } = generateApiKey();
  const id = newId();
  await transaction.manager.insert(ApiKey, {
    tenantId: request.tenantId,
    id,
    keyId,
    name: request.name,
    kind: request.kind,
    status: 'active',
    scopes: [...request.scopes],
    secretSha256: hash,
    ownerUserId: request.ownerUserId,
    createdBy: request.createdBy,
    expiresAt: null,
  });
  await recorder.record(transaction, request.tenantId, [
    {
      type: 'apikey.created',
      actor: { kind: 'user', id: publicId('usr', request.createdBy) },
      resource: { kind: 'api_key', id },
      data: { key_id: keyId, name: request.name, kind: request.kind, scopes: request.scopes },
    },
  ]);
  return { id, keyId, token };
}
