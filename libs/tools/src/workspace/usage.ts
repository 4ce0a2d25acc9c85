import { errnoOf } from '../system-errors.js';
import type { Directory } from './directory.js';

/**
 * Bytes that an entry counts for at least: a file without content takes a place on the disk as well, so this bounds
 * their number.
 */
export const ENTRY_BYTES = 4096;

/** Names that are looked at in one folder, and folders within folders: more than can come to be through a workspace. */
const MAX_NAMES = 300_000;
const MAX_LEVELS = 128;

/** What a file of this size counts for. Holes count as well: whoever copies a file writes them out. */
export function roundedUp(size: number): number {
  return Math.max(ENTRY_BYTES, Math.ceil(size / ENTRY_BYTES) * ENTRY_BYTES);
}

/** What is below a folder, with links and everything else that lies there; at least `enough` where it is more than that. */
export async function usedBelow(
  directory: Directory,
  enough: number,
  signal?: AbortSignal,
  levels = MAX_LEVELS,
): Promise<number> {
  let used = 0;
  for (const name of await directory.names(MAX_NAMES)) {
    signal?.throwIfAborted();
    if (used >= enough) return used;
    used += await usedBy(directory, name, enough - used, signal, levels);
  }
  return used;
}

async function usedBy(
  directory: Directory,
  name: string,
  enough: number,
  signal: AbortSignal | undefined,
  levels: number,
): Promise<number> {
  try {
    const stats = await directory.stat(name);
    if (!stats.isDirectory()) return roundedUp(stats.isFile() ? stats.size : 0);
    if (levels === 0) return ENTRY_BYTES;
    const child = await directory.openDirectory(name);
    try {
      return ENTRY_BYTES + (await usedBelow(child, enough - ENTRY_BYTES, signal, levels - 1));
    } finally {
      await child.close();
    }
  } catch (error) {
    // Gone, or something else by now.
    if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes(errnoOf(error) ?? '')) return 0;
    throw error;
  }
}
