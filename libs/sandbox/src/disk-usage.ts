import type { Dirent } from 'node:fs';
import { lstat, readdir, statfs } from 'node:fs/promises';
import { join } from 'node:path';

/** What an entry counts at the least, so that a flood of empty files comes to an end, too. */
const LEAST_BYTES = 4096;
/** Free space of a file system below which runs are not trusted any more with what cannot be seen of them. */
const SCARCE_SHARE = 0.05;

/**
 * Bytes on the disk of all that is in a folder, or more than `limit` as soon as that is clear. Holes in files do not
 * count. What cannot be read (the run may have closed a folder) or is gone meanwhile counts as an empty entry.
 */
export async function folderBytes(folder: string, limit: number): Promise<number> {
  let bytes = 0;
  const ahead = [folder];
  for (let next = ahead.pop(); next !== undefined && bytes <= limit; next = ahead.pop()) {
    for (const entry of await entriesOf(next)) {
      const path = join(next, entry.name);
      bytes += await entryBytes(path);
      if (entry.isDirectory()) ahead.push(path);
      if (bytes > limit) break;
    }
  }
  return bytes;
}

/** Free bytes of the file system that a folder is on, and whether that is little. */
export async function freeSpace(folder: string): Promise<{ readonly bytes: number; readonly scarce: boolean }> {
  const { bavail, blocks, bsize } = await statfs(folder);
  return { bytes: bavail * bsize, scarce: bavail < blocks * SCARCE_SHARE };
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

async function entryBytes(path: string): Promise<number> {
  try {
    return Math.max(LEAST_BYTES, (await lstat(path)).blocks * 512);
  } catch {
    return LEAST_BYTES;
  }
}
