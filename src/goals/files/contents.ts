import { newId } from '#libs/kernel';
import type { FileStore, StoredFile } from '#libs/tools';

/** Key of a content of a goal's file: by its hash, so that equal contents are stored once in a tenant. */
export function contentKey(tenantId: string, sha256: string): string {
  return `tenants/${tenantId}/artifacts/${sha256}`;
}

/** Stores a content under its hash. It first lies under a name of its own, since the hash is known only at the end. */
export async function keepContent(
  files: FileStore,
  tenantId: string,
  chunks: AsyncIterable<Uint8Array>,
  options: { readonly maxBytes: number },
): Promise<StoredFile> {
  const incoming = `tenants/${tenantId}/incoming/${newId()}`;
  const stored = await files.put(incoming, chunks, options);
  await files.rename(incoming, contentKey(tenantId, stored.sha256));
  return stored;
}
