import { errnoOf } from '../system-errors.js';
import type { Directory } from './directory.js';
import { type EntryKind, isTemporary, kindOf } from './files.js';

/** Names that are read of one folder; sorting needs them all in memory. */
const MAX_NAMES = 100_000;

export interface ListedEntry {
  readonly name: string;
  readonly kind: EntryKind;
  /** Bytes; 0 for anything but a file. */
  readonly size: number;
}

/** Names in a folder, sorted by code unit so that the order is the same everywhere, without files being written. */
export async function sortedNames(directory: Directory): Promise<{ names: string[]; complete: boolean }> {
  const names = await directory.names(MAX_NAMES);
  return { names: names.filter((name) => !isTemporary(name)).toSorted(), complete: names.length < MAX_NAMES };
}

/** The first entries of a folder. One that is removed while it is being looked at is left out. */
export async function listEntries(
  directory: Directory,
  limit: number,
  signal?: AbortSignal,
): Promise<{ entries: ListedEntry[]; truncated: boolean }> {
  const { names, complete } = await sortedNames(directory);
  const entries: ListedEntry[] = [];
  for (const name of names.slice(0, limit)) {
    signal?.throwIfAborted();
    const entry = await entryOf(directory, name);
    if (entry !== undefined) entries.push(entry);
  }
  return { entries, truncated: !complete || names.length > limit };
}

async function entryOf(directory: Directory, name: string): Promise<ListedEntry | undefined> {
  try {
    const stats = await directory.stat(name);
    return { name, kind: kindOf(stats), size: stats.isFile() ? stats.size : 0 };
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
