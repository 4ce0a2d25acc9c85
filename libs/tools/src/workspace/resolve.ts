import { errnoOf } from '../system-errors.js';
import { ToolFailure } from '../tool-failure.js';
import type { Directory } from './directory.js';
import { MAX_DEPTH, outside, safeNamesIn } from './paths.js';

/** Links that one path may lead through; a loop of links ends here. */
const MAX_LINKS = 16;

export interface ResolveOptions {
  /** Whether a link in the last place is followed, or is what the path names. */
  readonly followLast: boolean;
  /** Whether folders on the way that do not exist are made. */
  readonly createParents: boolean;
  /** Asked before each of them is made; a rejection ends the walk. */
  readonly beforeCreate?: () => Promise<void>;
}

/** Where a path leads: an open folder and a name in it, `.` when the path names the folder itself. */
export interface Location {
  readonly directory: Directory;
  readonly name: string;
  /** The path without links, relative to the workspace. */
  readonly path: string;
}

/**
 * Walks a path name by name, holding every folder on the way open. A symbolic link is read, not followed by the
 * system: its target is walked in the same way from the folder that it lies in, so that `..` in it ends at the
 * workspace's root, and an absolute target is refused. A link that stays inside is thus as good as what it points to.
 */
class Walk {
  private readonly folders: { readonly directory: Directory; readonly name: string }[] = [];
  private readonly ahead: string[];
  private links = 0;

  constructor(
    private readonly root: Directory,
    private readonly path: string,
    private readonly options: ResolveOptions,
  ) {
    this.ahead = safeNamesIn(path);
  }

  async run(): Promise<Location> {
    for (;;) {
      const name = this.ahead.shift();
      if (name === undefined) return this.location('.');
      if (name === '' || name === '.') continue;
      if (name === '..') await this.leave();
      else if (this.ahead.length > 0) await this.enter(name);
      else if (!this.options.followLast || !(await this.follow(name))) return this.location(name);
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.folders.splice(0).map(({ directory }) => directory.close()));
  }

  private get here(): Directory {
    return this.folders.at(-1)?.directory ?? this.root;
  }

  private location(name: string): Location {
    const names = this.folders.map((folder) => folder.name);
    return { directory: this.here, name, path: (name === '.' ? names : [...names, name]).join('/') || '.' };
  }

  private async leave(): Promise<void> {
    const folder = this.folders.pop();
    if (folder === undefined) throw outside(this.path, 'leads out of the workspace by a symbolic link.');
    await folder.directory.close();
  }

  private async enter(name: string): Promise<void> {
    if (this.folders.length >= MAX_DEPTH) throw outside(this.path, `leads through more than ${MAX_DEPTH} folders.`);
    try {
      this.folders.push({ directory: await this.open(name), name });
    } catch (error) {
      const code = errnoOf(error);
      if ((code === 'ENOTDIR' || code === 'ELOOP') && (await this.follow(name))) return;
      throw error;
    }
  }

  private async open(name: string): Promise<Directory> {
    try {
      return await this.here.openDirectory(name);
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT' || !this.options.createParents) throw error;
      await this.options.beforeCreate?.();
      await createUnlessThere(this.here, name);
      return this.here.openDirectory(name);
    }
  }

  /** Puts a link's target in front of what is still ahead; false when the entry is no link. */
  private async follow(name: string): Promise<boolean> {
    const target = await this.here.readLink(name);
    if (target === undefined) return false;
    if (target.startsWith('/')) throw outside(this.path, 'leads out of the workspace by a symbolic link.');
    if (++this.links > MAX_LINKS) {
      throw new ToolFailure('too_many_links', `\`${this.path}\` leads through more than ${MAX_LINKS} links.`);
    }
    this.ahead.unshift(...target.split('/'));
    return true;
  }
}

/** Makes a folder; that another task was faster is fine. */
export async function createUnlessThere(parent: Directory, name: string): Promise<boolean> {
  try {
    await parent.createDirectory(name);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Resolves a path and uses the place; the folders on the way are closed afterwards. */
export async function withLocation<Result>(
  root: Directory,
  path: string,
  options: ResolveOptions,
  use: (location: Location) => Promise<Result>,
): Promise<Result> {
  const walk = new Walk(root, path, options);
  try {
    return await use(await walk.run());
  } finally {
    await walk.close();
  }
}
