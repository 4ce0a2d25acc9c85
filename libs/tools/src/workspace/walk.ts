import type { FileHandle } from 'node:fs/promises';
import { errnoOf } from '../system-errors.js';
import type { Directory } from './directory.js';
import { kindOf, openOwnFile } from './files.js';
import { sortedNames } from './list.js';
import { MAX_DEPTH } from './paths.js';

/** A file met on a walk. */
export interface WalkedFile {
  /** Names from the folder where the walk began. */
  readonly names: readonly string[];
  readonly size: number;
  open(): Promise<FileHandle>;
}

// Something that is gone or was replaced between two looks is left out, as if the walk had come later.
const GONE = new Set(['ENOENT', 'ENOTDIR', 'ELOOP']);

/**
 * Visits the plain files below a folder, folder by folder in the order of their names, until `visit` gives false.
 * Links are not followed, and what could not be read anyway (hard links, pipes, devices) is left out.
 */
export async function walkFiles(
  directory: Directory,
  visit: (file: WalkedFile) => Promise<boolean>,
  signal?: AbortSignal,
  above: readonly string[] = [],
): Promise<boolean> {
  for (const name of (await sortedNames(directory)).names) {
    signal?.throwIfAborted();
    try {
      if (!(await visitEntry(directory, name, [...above, name], visit, signal))) return false;
    } catch (error) {
      if (!GONE.has(errnoOf(error) ?? '')) throw error;
    }
  }
  return true;
}

async function visitEntry(
  directory: Directory,
  name: string,
  names: readonly string[],
  visit: (file: WalkedFile) => Promise<boolean>,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const stats = await directory.stat(name);
  const kind = kindOf(stats);
  if (kind === 'file' && stats.nlink === 1) {
    const path = names.join('/');
    const open = async (): Promise<FileHandle> => (await openOwnFile({ directory, name, path }, path)).handle;
    return visit({ names, size: stats.size, open });
  }
  if (kind !== 'directory' || names.length > MAX_DEPTH) return true;
  const child = await directory.openDirectory(name);
  try {
    return await walkFiles(child, visit, signal, names);
  } finally {
    await child.close();
  }
}
