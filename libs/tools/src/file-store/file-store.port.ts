import type { Readable } from 'node:stream';

/** What was stored under a key. */
export interface StoredFile {
  readonly size: number;
  /** SHA-256 of the content in hexadecimal. */
  readonly sha256: string;
}

/**
 * Where the contents of uploaded files and artifacts are kept; their records are in the database. A key begins with
 * the tenant that owns the file: `tenants/<uuid>/<name>[/<name>…]`, names of letters, digits, `.`, `_` and `-` that
 * begin with a letter or digit. Any other key is a defect of the caller and raises a RangeError.
 */
export interface FileStore {
  /**
   * Stores a content under a key, replacing what was there. Readers see the old content or the new one. When this
   * returns the content survives a crash. More than `maxBytes` raises `file_too_large`, and nothing is stored; so
   * does an error of the source, which is passed on. A chunk is not used after the next one was asked for.
   */
  put(key: string, content: AsyncIterable<Uint8Array>, options: { readonly maxBytes: number }): Promise<StoredFile>;
  /** Opens a content; raises `file_content_missing` when there is none. The caller consumes or destroys the stream. */
  openRead(key: string): Promise<{ readonly size: number; readonly stream: Readable }>;
  /**
   * Gives a content another key of the same tenant, replacing what was there; for contents whose key is known only
   * when they were read to the end. Raises `file_content_missing` when there is none.
   */
  rename(from: string, to: string): Promise<void>;
  /**
   * Gives a content a second key of the same tenant, replacing what was there, without reading it where the store can do
   * so. Each key has a life of its own: putting to one or deleting it leaves the other. Raises `file_content_missing`.
   */
  copy(from: string, to: string): Promise<void>;
  /** Removes a content; that there is none is fine. */
  delete(key: string): Promise<void>;
  exists(key: string): Promise<boolean>;
}
