import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, link, lstat, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { type DomainError, newId } from '#libs/kernel';
import { errnoOf } from '../system-errors.js';
import { TOOL_ERRORS } from '../tools.errors.js';
import { requireFileKey, requireSameTenant } from './file-key.js';
import type { FileStore, StoredFile } from './file-store.port.js';

const NEW_FILE = constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY;
const EXISTING_FILE = constants.O_RDONLY | constants.O_NOFOLLOW;

/**
 * A file store in a folder of this machine. Only the account of this process reaches the contents: folders have mode
 * 700, files 600. What a crash leaves half written lies in `incoming`, is never read, and goes by `sweep`.
 */
export class LocalFileStore implements FileStore {
  constructor(private readonly root: string) {}

  async put(
    key: string,
    content: AsyncIterable<Uint8Array>,
    options: { readonly maxBytes: number },
  ): Promise<StoredFile> {
    const path = this.pathOf(key);
    const incoming = join(this.root, 'incoming', newId());
    await makeFolder(dirname(incoming));
    try {
      const stored = await writeNew(incoming, content, options.maxBytes);
      await makeFolder(dirname(path));
      await rename(incoming, path);
      await syncFolder(dirname(path));
      return stored;
    } catch (error) {
      await rm(incoming, { force: true });
      throw error;
    }
  }

  async openRead(key: string): Promise<{ size: number; stream: Readable }> {
    const handle = await this.open(key);
    try {
      const { size } = await handle.stat();
      return { size, stream: handle.createReadStream() };
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  async rename(from: string, to: string): Promise<void> {
    requireSameTenant(from, to);
    const [source, target] = [this.pathOf(from), this.pathOf(to)];
    await makeFolder(dirname(target));
    try {
      await rename(source, target);
    } catch (error) {
      throw errnoOf(error) === 'ENOENT' ? missing(from, error) : error;
    }
    await syncFolder(dirname(target));
  }

  /** A hard link: contents are replaced as whole files and never written to, so that two names may share one. */
  async copy(from: string, to: string): Promise<void> {
    requireSameTenant(from, to);
    const target = this.pathOf(to);
    const incoming = join(this.root, 'incoming', newId());
    await makeFolder(dirname(incoming));
    await makeFolder(dirname(target));
    try {
      await link(this.pathOf(from), incoming);
      await rename(incoming, target);
    } catch (error) {
      throw errnoOf(error) === 'ENOENT' ? missing(from, error) : error;
    } finally {
      // Where both were the same file already, renaming left the new name where it was.
      await rm(incoming, { force: true });
    }
    await syncFolder(dirname(target));
  }

  async delete(key: string): Promise<void> {
    await rm(this.pathOf(key), { force: true });
  }

  async exists(key: string): Promise<boolean> {
    try {
      return (await stat(this.pathOf(key))).isFile();
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return false;
      throw error;
    }
  }

  /**
   * Deletes what was half written or waited for its name when a program ended: whatever has been in a folder named
   * `incoming` since before the given time, in milliseconds since the epoch.
   */
  async sweep(before: number): Promise<void> {
    const tenants = await namesIn(join(this.root, 'tenants'));
    const folders = [this.root, ...tenants.map((tenant) => join(this.root, 'tenants', tenant))];
    for (const folder of folders.map((each) => join(each, 'incoming'))) {
      for (const name of await namesIn(folder)) {
        const path = join(folder, name);
        const { mtimeMs } = await lstat(path);
        if (mtimeMs < before) await rm(path, { force: true });
      }
    }
  }

  private async open(key: string): Promise<FileHandle> {
    try {
      return await open(this.pathOf(key), EXISTING_FILE);
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw error;
      throw missing(key, error);
    }
  }

  private pathOf(key: string): string {
    requireFileKey(key);
    return join(this.root, key);
  }
}

function missing(key: string, cause: unknown): DomainError {
  return TOOL_ERRORS.make('file_content_missing', {
    detail: 'The content of this file is not there any more. Upload the file again.',
    privateDetail: `no content under ${key}`,
    cause,
  });
}

/** Names in a folder; none where there is no such folder. */
async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  }
}

async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
}

async function writeNew(path: string, content: AsyncIterable<Uint8Array>, maxBytes: number): Promise<StoredFile> {
  const handle = await open(path, NEW_FILE, 0o600);
  try {
    const hash = createHash('sha256');
    let size = 0;
    for await (const chunk of content) {
      size += chunk.length;
      if (size > maxBytes) {
        throw TOOL_ERRORS.make('file_too_large', `The file has more than ${maxBytes} bytes. Send a smaller one.`);
      }
      hash.update(chunk);
      await handle.writeFile(chunk);
    }
    await handle.sync();
    return { size, sha256: hash.digest('hex') };
  } finally {
    await handle.close();
  }
}

/** Makes the new name outlive a loss of power, as `sync` of the file does for its content. */
async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
