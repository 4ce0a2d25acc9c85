import { createHash } from 'node:crypto';
import type { Stats } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { mediaTypeOf } from '../file-store/media-type.js';
import { errnoOf, failureOfSystemError } from '../system-errors.js';
import { ToolFailure } from '../tool-failure.js';
import { ANCHORING, type Anchoring, Directory } from './directory.js';
import * as files from './files.js';
import { type ListedEntry, listEntries } from './list.js';
import { MAX_WORKSPACE_BYTES, Quota } from './quota.js';
import { namesIn } from './paths.js';
import { type Location, type ResolveOptions, createUnlessThere, withLocation } from './resolve.js';
import { ENTRY_BYTES, roundedUp, usedBelow } from './usage.js';
import { type WalkedFile, walkFiles } from './walk.js';

/** What became of a file. A file that was moved is removed in one place and written in another. */
export interface WorkspaceChange {
  /** Relative to the workspace, without links. */
  readonly path: string;
  readonly change: 'written' | 'removed';
}

export interface EntryInfo {
  readonly path: string;
  readonly kind: 'file' | 'directory';
  readonly size: number;
  readonly modifiedAt: Date;
  /** SHA-256 in hexadecimal; of files up to MAX_FILE_BYTES only. */
  readonly sha256: string | undefined;
  /** By the name of a file; nothing looks into it. */
  readonly mediaType: string | undefined;
}

/** What lies at a path; `other` for links, files with several names, pipes and the like, and what is behind such. */
export type Found =
  | { readonly kind: 'none' | 'directory' | 'other' }
  /** SHA-256 in hexadecimal. */
  | { readonly kind: 'file'; readonly sha256: string };

/** A file that is open while it is read. */
export interface OpenedFile {
  readonly path: string;
  readonly size: number;
  /** Permission bits. */
  readonly mode: number;
  readonly chunks: AsyncIterable<Uint8Array>;
}

export interface WorkspaceOptions {
  /** Once it is aborted nothing is changed any more, even by a tool that does not listen to it. */
  readonly signal?: AbortSignal;
  readonly anchoring?: Anchoring;
  /** What all files may have together; MAX_WORKSPACE_BYTES by default. */
  readonly maxBytes?: number;
}

const FOLLOW: ResolveOptions = { followLast: true, createParents: false };
const AS_IT_IS: ResolveOptions = { followLast: false, createParents: false };

/**
 * The files of one goal. All paths are relative to its root and cannot leave it, also when another task of the goal
 * swaps folders for links meanwhile (see Directory). Failures are ToolFailures that name the path as it was given.
 * The folder is made when it is first needed. One object serves one call: it remembers what the call changed.
 */
export class Workspace {
  private readonly changed = new Map<string, WorkspaceChange>();
  private readonly quota: Quota;
  private readonly followAndMake: ResolveOptions = {
    followLast: true,
    createParents: true,
    beforeCreate: () => this.quota.take(ENTRY_BYTES),
  };

  constructor(
    /** The folder on the host, for tools that hand it to a sandbox. Never shown to callers. */
    readonly root: string,
    private readonly options: WorkspaceOptions = {},
  ) {
    const measure = (enough: number) =>
      this.inDirectory('.', (directory) => usedBelow(directory, enough, this.options.signal));
    this.quota = new Quota(root, options.maxBytes ?? MAX_WORKSPACE_BYTES, measure);
  }

  /** What was changed through this object, one entry for each path, in the order of the last change. */
  changes(): WorkspaceChange[] {
    return [...this.changed.values()];
  }

  /** Opens a file for the time of `use`. */
  async read<Result>(path: string, use: (file: OpenedFile) => Promise<Result>): Promise<Result> {
    return this.at(path, FOLLOW, async (location) => {
      const { handle, stats } = await files.openOwnFile(location, path);
      try {
        const chunks = files.readChunks(handle, this.options.signal);
        return await use({ path: location.path, size: stats.size, mode: stats.mode, chunks });
      } finally {
        await handle.close();
      }
    });
  }

  /** Replaces or makes a file (then with these permission bits), and the folders on the way to it; see replaceFile. */
  async write(path: string, chunks: files.Chunks, mode = 0o644): Promise<files.WrittenFile & { path: string }> {
    return this.at(path, this.followAndMake, async (location) => {
      const written = await files.replaceFile(location, path, { chunks, mode, quota: this.quota }, this.options.signal);
      this.record(location.path, 'written');
      return { ...written, path: location.path };
    });
  }

  /** Copies a file over another one or to a new name. */
  async copy(from: string, to: string): Promise<files.WrittenFile & { path: string }> {
    return this.read(from, (file) => this.write(to, file.chunks, file.mode));
  }

  /** Moves a file over another one or to a new name. A link is not moved: it may mean another place from there. */
  async move(from: string, to: string): Promise<{ from: string; path: string }> {
    return this.at(from, AS_IT_IS, async (source) => {
      const stats = await source.directory.stat(source.name);
      // Raises a violation when the link leads out; one that stays inside is refused below, as no file.
      if (stats.isSymbolicLink()) await this.at(from, FOLLOW, async () => undefined);
      files.requireOwnFile(stats, from);
      return this.at(to, this.followAndMake, async (target) => {
        const replaced = await files.existingFile(target, to);
        await source.directory.rename(source.name, target.directory, target.name);
        if (replaced !== undefined) this.quota.release(roundedUp(replaced.size));
        await Promise.all([source.directory.sync(), target.directory.sync()]);
        this.record(source.path, 'removed');
        this.record(target.path, 'written');
        return { from: source.path, path: target.path };
      });
    });
  }

  /** Removes a file or a link (not what it points to). */
  async remove(path: string): Promise<string> {
    return this.at(path, AS_IT_IS, async (location) => {
      const stats = await location.directory.stat(location.name);
      if (stats.isDirectory()) {
        throw new ToolFailure(
          'is_a_directory',
          `\`${path}\` is a folder; only files and links are deleted. Name a file.`,
        );
      }
      await location.directory.remove(location.name);
      this.quota.release(roundedUp(stats.isFile() ? stats.size : 0));
      await location.directory.sync();
      this.record(location.path, 'removed');
      return location.path;
    });
  }

  /** Makes a folder and those on the way to it; that it is there already is fine. */
  async createDirectory(path: string): Promise<{ path: string; created: boolean }> {
    return this.at(path, this.followAndMake, async (location) => {
      await this.quota.take(ENTRY_BYTES);
      const created = location.name !== '.' && (await createUnlessThere(location.directory, location.name));
      if (!created && !(await location.directory.stat(location.name)).isDirectory()) {
        throw new ToolFailure('already_exists', `\`${path}\` is a file already. Choose another name for the folder.`);
      }
      return { path: location.path, created };
    });
  }

  /** Throws `workspace_full` unless there is room for files of these sizes beside what is there. */
  async requireRoom(sizes: readonly number[]): Promise<void> {
    await this.quota.require(sizes.reduce((sum, size) => sum + roundedUp(size), 0));
  }

  /** Removes a folder if it is empty; false where it is not. A link to one is no folder. */
  async removeDirectory(path: string): Promise<boolean> {
    return this.at(path, AS_IT_IS, async (location) => {
      const removed = location.name !== '.' && (await location.directory.removeDirectory(location.name));
      if (removed) await location.directory.sync();
      return removed;
    });
  }

  /** Lets a file be executed, or not. */
  async setExecutable(path: string, executable: boolean): Promise<void> {
    return this.at(path, FOLLOW, async (location) => {
      const { handle, stats } = await files.openOwnFile(location, path);
      try {
        await handle.chmod(executable ? (stats.mode & 0o777) | 0o111 : stats.mode & 0o666);
        this.record(location.path, 'written');
      } finally {
        await handle.close();
      }
    });
  }

  /** What is in a folder, sorted by name; links are listed as such. */
  async list(path: string, limit: number): Promise<{ entries: ListedEntry[]; truncated: boolean }> {
    return this.inDirectory(path, (directory) => listEntries(directory, limit, this.options.signal));
  }

  /** Visits the files below a folder, in the order of their names, until `visit` gives false; see walkFiles. */
  async walk(path: string, visit: (file: WalkedFile) => Promise<boolean>): Promise<void> {
    await this.inDirectory(path, (directory) => walkFiles(directory, visit, this.options.signal));
  }

  /** What a path names, after following links that stay inside. */
  async info(path: string): Promise<EntryInfo> {
    return this.at(path, FOLLOW, async (location) => {
      const stats = await location.directory.stat(location.name);
      if (stats.isDirectory()) return entryInfo(location, stats);
      files.requireOwnFile(stats, path);
      const sha256 = stats.size > files.MAX_FILE_BYTES ? undefined : await this.digest(location, path);
      return { ...entryInfo(location, stats), sha256, mediaType: mediaTypeOf(location.path) };
    });
  }

  /** What lies at a path itself. What a link leads to, or what lies behind one, is `other`. */
  async look(path: string): Promise<Found> {
    try {
      return await this.at(path, AS_IT_IS, async (location) => {
        const stats = await location.directory.stat(location.name);
        if (location.path !== namesIn(path).join('/')) return { kind: 'other' };
        if (stats.isDirectory()) return { kind: 'directory' };
        if (!stats.isFile() || stats.nlink > 1) return { kind: 'other' };
        return { kind: 'file', sha256: await this.digest(location, path) };
      });
    } catch (error) {
      const code = error instanceof ToolFailure ? error.code : undefined;
      if (code === 'file_not_found') return { kind: 'none' };
      if (code === 'not_a_directory' || code === 'path_outside_workspace') return { kind: 'other' };
      throw error;
    }
  }

  private async digest(location: Location, path: string): Promise<string> {
    const { handle } = await files.openOwnFile(location, path);
    try {
      const hash = createHash('sha256');
      for await (const chunk of files.readChunks(handle, this.options.signal)) hash.update(chunk);
      return hash.digest('hex');
    } finally {
      await handle.close();
    }
  }

  private async inDirectory<Result>(path: string, use: (directory: Directory) => Promise<Result>): Promise<Result> {
    return this.at(path, FOLLOW, async (location) => {
      const directory = await location.directory.openDirectory(location.name);
      try {
        return await use(directory);
      } finally {
        await directory.close();
      }
    });
  }

  private async at<Result>(
    path: string,
    options: ResolveOptions,
    use: (location: Location) => Promise<Result>,
  ): Promise<Result> {
    try {
      this.options.signal?.throwIfAborted();
      const root = await this.openRoot();
      try {
        return await withLocation(root, path, options, (location) => {
          this.options.signal?.throwIfAborted();
          return use(location);
        });
      } finally {
        await root.close();
      }
    } catch (error) {
      throw failureOfSystemError(error, path) ?? error;
    }
  }

  private async openRoot(): Promise<Directory> {
    const anchoring = this.options.anchoring ?? ANCHORING;
    try {
      return await Directory.open(this.root, anchoring);
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw error;
      await mkdir(this.root, { recursive: true, mode: 0o700 });
      return Directory.open(this.root, anchoring);
    }
  }

  private record(path: string, change: WorkspaceChange['change']): void {
    this.changed.delete(path);
    this.changed.set(path, { path, change });
  }
}

function entryInfo(location: Location, stats: Stats): EntryInfo {
  return {
    path: location.path,
    kind: stats.isDirectory() ? 'directory' : 'file',
    size: stats.size,
    modifiedAt: stats.mtime,
    sha256: undefined,
    mediaType: undefined,
  };
}
