import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { newId } from '#libs/kernel';
import { describe, expect, it } from 'vitest';
import type { FileStore } from '../file-store/file-store.port.js';

const LIMIT = { maxBytes: 1024 * 1024 };

async function* chunksOf(...parts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield Buffer.from(part);
}

async function* brokenSource(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('half');
  throw new Error('the upload broke off');
}

const newKey = (): string => `tenants/${newId()}/files/${newId()}`;

/** What every file store must do. `open` gives an empty one. */
export function describeFileStore(name: string, open: () => Promise<FileStore>): void {
  describe(`${name} as a file store`, () => {
    it('gives back what was stored, with its size and hash [ORC-13]', async () => {
      const store = await open();
      const key = newKey();
      const stored = await store.put(key, chunksOf('one,', 'two'), LIMIT);
      expect(stored).toEqual({ size: 7, sha256: createHash('sha256').update('one,two').digest('hex') });
      const { size, stream } = await store.openRead(key);
      expect(size).toBe(7);
      expect(await text(stream)).toBe('one,two');
    });

    it('keeps bytes as they are, also none at all [ORC-13]', async () => {
      const store = await open();
      const [key, empty] = [newKey(), newKey()];
      const bytes = randomBytes(300_000);
      await store.put(key, Readable.from([bytes.subarray(0, 7), bytes.subarray(7)]), LIMIT);
      await store.put(empty, chunksOf(), LIMIT);
      expect((await buffer((await store.openRead(key)).stream)).equals(bytes)).toBe(true);
      expect((await buffer((await store.openRead(empty)).stream)).length).toBe(0);
    });

    it('replaces a content as a whole [ORC-13]', async () => {
      const store = await open();
      const key = newKey();
      await store.put(key, chunksOf('old content'), LIMIT);
      const { stream } = await store.openRead(key);
      await store.put(key, chunksOf('new'), LIMIT);
      expect(await text(stream)).toBe('old content');
      expect(await text((await store.openRead(key)).stream)).toBe('new');
    });

    it('stores nothing when there are too many bytes or the source breaks off [ORC-13]', async () => {
      const store = await open();
      const key = newKey();
      await store.put(key, chunksOf('kept'), LIMIT);
      await expect(store.put(key, chunksOf('12345', '6'), { maxBytes: 5 })).rejects.toMatchObject({
        code: 'file_too_large',
      });
      await expect(store.put(key, brokenSource(), LIMIT)).rejects.toThrow('the upload broke off');
      expect(await text((await store.openRead(key)).stream)).toBe('kept');
    });

    it('gives a content another key of the same tenant only [ORC-13] [TEN-5]', async () => {
      const store = await open();
      const tenant = newId();
      const [from, to] = [`tenants/${tenant}/incoming/a`, `tenants/${tenant}/artifacts/b`];
      await store.put(from, chunksOf('new'), LIMIT);
      await store.put(to, chunksOf('old'), LIMIT);
      await expect(store.rename(from, newKey())).rejects.toBeInstanceOf(RangeError);
      await store.rename(from, to);
      expect(await store.exists(from)).toBe(false);
      expect(await text((await store.openRead(to)).stream)).toBe('new');
      await expect(store.rename(from, to)).rejects.toMatchObject({ code: 'file_content_missing' });
    });

    it('gives a content a second key, and each key a life of its own [ORC-12] [TEN-5]', async () => {
      const store = await open();
      const tenant = newId();
      const [from, to] = [`tenants/${tenant}/uploads/a`, `tenants/${tenant}/artifacts/b`];
      await store.put(from, chunksOf('first'), LIMIT);
      await store.put(to, chunksOf('old'), LIMIT);
      await expect(store.copy(from, newKey())).rejects.toBeInstanceOf(RangeError);
      await store.copy(from, to);
      await store.copy(from, to);
      await store.put(from, chunksOf('second'), LIMIT);
      expect(await text((await store.openRead(to)).stream)).toBe('first');
      await store.delete(from);
      expect(await text((await store.openRead(to)).stream)).toBe('first');
      await expect(store.copy(from, to)).rejects.toMatchObject({ code: 'file_content_missing' });
      expect(await text((await store.openRead(to)).stream)).toBe('first');
    });

    it('deletes, also what is not there, and says that a content is missing [ORC-13]', async () => {
      const store = await open();
      const key = newKey();
      await store.put(key, chunksOf('x'), LIMIT);
      expect(await store.exists(key)).toBe(true);
      await store.delete(key);
      await store.delete(key);
      expect(await store.exists(key)).toBe(false);
      await expect(store.openRead(key)).rejects.toMatchObject({ code: 'file_content_missing' });
    });

    it.each([
      'files/a',
      'tenants/acme/a',
      `tenants/${newId()}`,
      `tenants/${newId()}/`,
      `tenants/${newId()}/../x`,
      `tenants/${newId()}/.hidden`,
      `tenants/${newId()}/a//b`,
      `tenants/${newId()}/a\0b`,
      `/tenants/${newId()}/a`,
      `tenants/${newId().toUpperCase()}A/a`,
    ])('refuses the key %j [TEN-5]', async (key) => {
      const store = await open();
      await expect(store.put(key, chunksOf('x'), LIMIT)).rejects.toBeInstanceOf(RangeError);
      await expect(store.openRead(key)).rejects.toBeInstanceOf(RangeError);
      await expect(store.exists(key)).rejects.toBeInstanceOf(RangeError);
      await expect(store.delete(key)).rejects.toBeInstanceOf(RangeError);
    });
  });
}
