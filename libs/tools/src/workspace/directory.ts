import { constants, existsSync, type Stats } from 'node:fs';
import {
  type FileHandle,
  lstat,
  mkdir,
  open,
  opendir,
  readlink,
  realpath,
  rename,
  rmdir,
  unlink,
} from 'node:fs/promises';
import { errnoOf } from '../system-errors.js';
import { outside } from './paths.js';

const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;

/**
 * How the entries of an open folder are named towards the operating system. `descriptor` (Linux) goes through
 * `/proc/self/fd/<n>/<name>`: whatever is renamed meanwhile, the name is looked up in the folder that was checked.
 * `path` (elsewhere) uses the folder's path and verifies after opening that it is still the real one; between that
 * and a change of the folder a gap remains that only a program running beside the goal could use.
 */
export type Anchoring = 'descriptor' | 'path';

export const ANCHORING: Anchoring = existsSync('/proc/self/fd') ? 'descriptor' : 'path';

const NEW_FILE = O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW;
const FOLDER = O_RDONLY | O_DIRECTORY | O_NOFOLLOW;

/**
 * A folder that is held open. Every operation takes the name of one entry (or `.`), never a path, and none follows a
 * symbolic link: following is the resolver's work. Errors are those of the operating system.
 */
export class Directory {
  private constructor(
    private readonly handle: FileHandle,
    private readonly path: string,
    private readonly anchoring: Anchoring,
  ) {}

  /** Opens a workspace's own folder. Links on the way to it are the host's affair and followed. */
  static async open(path: string, anchoring: Anchoring): Promise<Directory> {
    const real = await realpath(path);
    return new Directory(await open(real, FOLDER), real, anchoring);
  }

  /** Opens a folder in this one; ENOTDIR or ELOOP when it is a link. */
  async openDirectory(name: string): Promise<Directory> {
    const handle = await open(this.entry(name), FOLDER);
    return this.verified(handle, () => new Directory(handle, this.pathOf(name), this.anchoring), name);
  }

  /** Opens a file for reading; does not wait for the other end of a pipe. */
  async openFile(name: string): Promise<FileHandle> {
    const handle = await open(this.entry(name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    return this.verified(handle, () => handle, name);
  }

  /** Makes a file that must not exist and opens it for writing. */
  async createFile(name: string, mode: number): Promise<FileHandle> {
    await this.verify();
    const handle = await open(this.entry(name), NEW_FILE, mode);
    return this.verified(handle, () => handle, name);
  }

  async createDirectory(name: string): Promise<void> {
    await this.verify();
    await mkdir(this.entry(name), { mode: 0o755 });
  }

  /** What the entry itself is: a link is a link. */
  async stat(name: string): Promise<Stats> {
    return lstat(this.entry(name));
  }

  /** Where a link points, or undefined when the entry is no link or not there. */
  async readLink(name: string): Promise<string | undefined> {
    try {
      return await readlink(this.entry(name));
    } catch (error) {
      if (errnoOf(error) === 'EINVAL' || errnoOf(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** Names in the folder, at most `limit`, in no order. */
  async names(limit: number): Promise<string[]> {
    const names: string[] = [];
    // Leaving the loop closes the listing.
    for await (const { name } of await opendir(this.entry('.'))) {
      if (names.length >= limit) break;
      names.push(name);
    }
    return names;
  }

  async rename(name: string, target: Directory, targetName: string): Promise<void> {
    await Promise.all([this.verify(), target.verify()]);
    await rename(this.entry(name), target.entry(targetName));
  }

  async remove(name: string): Promise<void> {
    await this.verify();
    await unlink(this.entry(name));
  }

  /** Removes a folder that is empty; false where it is not. */
  async removeDirectory(name: string): Promise<boolean> {
    await this.verify();
    try {
      await rmdir(this.entry(name));
      return true;
    } catch (error) {
      // POSIX lets a system say either of a folder that is not empty.
      if (errnoOf(error) === 'ENOTEMPTY' || errnoOf(error) === 'EEXIST') return false;
      throw error;
    }
  }

  /** Makes renames and removals in the folder outlive a loss of power. */
  async sync(): Promise<void> {
    await this.handle.sync();
  }

  async close(): Promise<void> {
    await this.handle.close();
  }

  private entry(name: string): string {
    return this.anchoring === 'descriptor' ? `/proc/self/fd/${this.handle.fd}/${name}` : this.pathOf(name);
  }

  private pathOf(name: string): string {
    return name === '.' ? this.path : `${this.path}/${name}`;
  }

  private async verified<Result>(handle: FileHandle, result: () => Result, name: string): Promise<Result> {
    if (this.anchoring === 'descriptor') return result();
    try {
      await this.verify(name);
      return result();
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  private async verify(name = '.'): Promise<void> {
    if (this.anchoring === 'descriptor') return;
    const path = this.pathOf(name);
    if ((await realpath(path)) !== path) throw outside(name, 'was replaced by a link while it was being used.');
  }
}
