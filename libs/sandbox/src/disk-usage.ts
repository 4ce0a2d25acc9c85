import { lstat, opendir, statfs } from 'node:fs/promises';

/** What an entry counts at the least, so that a flood of empty files comes to an end, too. */
const LEAST_BYTES = 4096;
/** Names are bytes here: a program may choose some that are no UTF-8. */
const SLASH = Buffer.from('/');
/** Free space of a file system below which runs are not trusted any more with what cannot be seen of them. */
const SCARCE_SHARE = 0.05;

/**
 * Bytes on the disk of all that is in a folder, or more than `limit` as soon as that is clear. Holes in files do not
 * count. What is gone meanwhile, or cannot be read because the run closed a folder, counts as an empty entry; a path
 * that is longer than the system takes counts as over the limit, since nobody can look there.
 */
export async function folderBytes(folder: string, limit: number): Promise<number> {
  let bytes = 0;
  const ahead = [Buffer.from(folder)];
  for (let next = ahead.pop(); next !== undefined && bytes <= limit; next = ahead.pop()) {
    for await (const { name, isFolder } of entriesOf(next)) {
      const path = Buffer.concat([next, SLASH, name]);
      bytes += await entryBytes(path);
      if (isFolder) ahead.push(path);
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

/** One by one: a folder may hold more entries than there is room for in memory. */
async function* entriesOf(folder: Buffer): AsyncGenerator<{ readonly name: Buffer; readonly isFolder: boolean }> {
  try {
    // In Latin-1 every byte is a character, so that all names come back as they are.
    for await (const entry of await opendir(folder, { encoding: 'latin1' })) {
      yield { name: Buffer.from(entry.name, 'latin1'), isFolder: entry.isDirectory() };
    }
  } catch {
    // It is gone, or was closed.
  }
}

async function entryBytes(path: Buffer): Promise<number> {
  try {
    return Math.max(LEAST_BYTES, (await lstat(path)).blocks * 512);
  } catch (error) {
    const tooLong = error instanceof Error && 'code' in error && error.code === 'ENAMETOOLONG';
    return tooLong ? Infinity : LEAST_BYTES;
  }
}
