import { createHash } from 'node:crypto';
import type { Stats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { newId } from '#libs/kernel';
import { errnoOf } from '../system-errors.js';
import { ToolFailure } from '../tool-failure.js';
import type { Directory } from './directory.js';
import { outside } from './paths.js';
import type { Quota } from './quota.js';
import type { Location } from './resolve.js';
import { roundedUp } from './usage.js';

/** Bytes that a file in a workspace may have when it is written through it. */
export const MAX_FILE_BYTES = 100 * 1024 * 1024;

const CHUNK_BYTES = 256 * 1024;
const TEMPORARY = /^\.~[0-9a-f-]{36}\.writing$/;

/** A stream of bytes. A chunk is only valid until the next one is asked for. */
export type Chunks = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

export interface WrittenFile {
  readonly size: number;
  /** SHA-256 of the content in hexadecimal. */
  readonly sha256: string;
}

export type EntryKind = 'file' | 'directory' | 'link' | 'other';

export function kindOf(stats: Stats): EntryKind {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  return stats.isSymbolicLink() ? 'link' : 'other';
}

/** Whether a name is one of a file that is just being written. Listings leave these out. */
export function isTemporary(name: string): boolean {
  return TEMPORARY.test(name);
}

/**
 * Refuses all but plain files that have no second name: a hard link may be a file outside of the workspace, and
 * nothing tells where its other names are.
 */
export function requireOwnFile(stats: Stats, path: string): void {
  const kind = kindOf(stats);
  if (kind === 'directory') throw new ToolFailure('is_a_directory', `\`${path}\` is a folder. Name a file in it.`);
  if (kind === 'link') throw new ToolFailure('not_a_file', `\`${path}\` is a symbolic link. Name the file itself.`);
  if (kind === 'other') {
    throw new ToolFailure('not_a_file', `\`${path}\` is neither a file nor a folder (a pipe, a socket or a device).`);
  }
  if (stats.nlink > 1) {
    throw outside(
      path,
      'has several names (hard links), so it may lie outside. Let a command copy it to a file of its own.',
    );
  }
}

/** Opens a file for reading, having made sure twice that it is one: before, so that no device is opened, and after. */
export async function openOwnFile(location: Location, path: string): Promise<{ handle: FileHandle; stats: Stats }> {
  requireOwnFile(await location.directory.stat(location.name), path);
  const handle = await location.directory.openFile(location.name);
  try {
    const stats = await handle.stat();
    requireOwnFile(stats, path);
    return { handle, stats };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** The rest of an open file, in chunks that share one buffer. */
export async function* readChunks(handle: FileHandle, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  for (;;) {
    signal?.throwIfAborted();
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, null);
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
  }
}

/** What lies where a file is to be written; undefined when nothing does. Refuses anything but a file of its own. */
export async function existingFile(location: Location, path: string): Promise<Stats | undefined> {
  try {
    const stats = await location.directory.stat(location.name);
    requireOwnFile(stats, path);
    return stats;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

async function writeChunks(handle: FileHandle, chunks: Chunks, path: string, room: Room): Promise<WrittenFile> {
  const hash = createHash('sha256');
  let size = 0;
  await room.growTo(0);
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > MAX_FILE_BYTES) {
      throw new ToolFailure('file_too_large', `\`${path}\` would have more than ${MAX_FILE_BYTES} bytes. Split it.`);
    }
    await room.growTo(size);
    hash.update(chunk);
    await handle.writeFile(chunk);
  }
  return { size, sha256: hash.digest('hex') };
}

/** What one file takes of the quota while it is being written. */
class Room {
  private taken = 0;

  constructor(private readonly quota: Quota) {}

  async growTo(size: number): Promise<void> {
    const more = roundedUp(size) - this.taken;
    if (more <= 0) return;
    await this.quota.take(more);
    this.taken += more;
  }

  giveBack(): void {
    this.quota.release(this.taken);
  }
}

/**
 * Writes a file as a whole: readers see the old content or the new one, and a write that fails or is cancelled leaves
 * the old one. The content is on the disk when this returns. A file that is replaced keeps its mode.
 */
export async function replaceFile(
  location: Location,
  path: string,
  content: { readonly chunks: Chunks; readonly mode: number; readonly quota: Quota },
  signal?: AbortSignal,
): Promise<WrittenFile> {
  const { directory, name } = location;
  const before = await existingFile(location, path);
  const temporary = `.~${newId()}.writing`;
  const mode = (before?.mode ?? content.mode) & 0o777;
  const room = new Room(content.quota);
  const handle = await directory.createFile(temporary, 0o600);
  try {
    const written = await writeChunks(handle, content.chunks, path, room);
    await handle.chmod(mode);
    await handle.datasync();
    signal?.throwIfAborted();
    await directory.rename(temporary, directory, name);
    if (before !== undefined) content.quota.release(roundedUp(before.size));
    await directory.sync();
    return written;
  } catch (error) {
    room.giveBack();
    await removeQuietly(directory, temporary);
    throw error;
  } finally {
    await handle.close();
  }
}

/** Removes what a failed write left; the failure that led here is the one worth telling. */
async function removeQuietly(directory: Directory, name: string): Promise<void> {
  try {
    await directory.remove(name);
  } catch {
    // It was renamed already, or the folder itself is gone.
  }
}
