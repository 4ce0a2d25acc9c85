import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { type Dirent, type Stats, constants } from 'node:fs';
import { chmod, lstat, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { excerpt } from '#libs/kernel';
import { ToolFailure } from '../tool-failure.js';
import { MAX_FILE_BYTES, readChunks } from '../workspace/files.js';
import { checkRelativePath } from '../workspace/paths.js';
import { MAX_COPIED_BYTES, MAX_COPIED_FILES, SMALL_BYTES, type WorkspaceCopy } from './copy-in.js';

/** Something that a command made and that does not become a part of the workspace. */
export interface LeftOut {
  readonly path: string;
  /** Ends a sentence that begins with the path. */
  readonly reason: string;
}

interface FoundFile {
  readonly path: string;
  readonly size: number;
  readonly executable: boolean;
}

/** How a copy differs from what it was. */
export interface Differences {
  readonly written: readonly FoundFile[];
  readonly removed: readonly string[];
  /** New folders, outer ones first. */
  readonly madeDirectories: readonly string[];
  /** Folders that are gone, inner ones first. */
  readonly removedDirectories: readonly string[];
  readonly leftOut: readonly LeftOut[];
}

const SLASH = Buffer.from('/');

/** Looks at a copy after a command; nothing changes it any more. Throws a ToolFailure when there is too much of it. */
export async function differencesOf(copy: WorkspaceCopy): Promise<Differences> {
  const found = await new Finder(copy.folder).run();
  const written: FoundFile[] = [];
  for (const file of found.files.values()) if (await isChanged(copy, file)) written.push(file);
  const tooLarge = written.find(({ size }) => size > MAX_FILE_BYTES);
  if (tooLarge !== undefined) {
    const text = `\`${tooLarge.path}\`, which the command wrote, has more than ${MAX_FILE_BYTES} bytes. Split it.`;
    throw new ToolFailure('file_too_large', text);
  }
  // What a file says to have, not what it takes of the disk: bringing it back writes its holes out.
  if (written.reduce((sum, { size }) => sum + size, 0) > MAX_COPIED_BYTES) throw tooMuch();
  return {
    written,
    removed: [...copy.files.keys()].filter((path) => !found.files.has(path)),
    madeDirectories: [...found.directories].filter((path) => !copy.directories.has(path)),
    removedDirectories: [...copy.directories].filter((path) => !found.directories.has(path)).toReversed(),
    leftOut: found.leftOut,
  };
}

async function isChanged({ folder, files }: WorkspaceCopy, { path, size, executable }: FoundFile): Promise<boolean> {
  const before = files.get(path);
  if (before === undefined || before.size !== size || before.executable !== executable) return true;
  const hash = createHash('sha256');
  for await (const chunk of contentOf(join(folder, path))) hash.update(chunk);
  return hash.digest('hex') !== before.sha256;
}

/** What a file holds, also where the command has closed it to itself: nobody else touches it now. */
export async function* contentOf(path: string): AsyncGenerator<Uint8Array> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW;
  const handle = await open(path, flags).catch(async () => {
    await chmod(path, 0o600);
    return open(path, flags);
  });
  try {
    if ((await handle.stat()).size > SMALL_BYTES) yield* readChunks(handle);
    else yield await handle.readFile();
  } finally {
    await handle.close();
  }
}

/** Finds what a command has left. Names are bytes here: it may have chosen some that are no text. */
class Finder {
  readonly files = new Map<string, FoundFile>();
  readonly directories = new Set<string>();
  readonly leftOut: LeftOut[] = [];
  private count = 0;

  constructor(private readonly folder: string) {}

  async run(): Promise<this> {
    await this.enter(Buffer.from(this.folder), '');
    return this;
  }

  private async enter(at: Buffer, above: string): Promise<void> {
    const entries = await entriesOf(at);
    for (const { name } of entries.toSorted((one, other) => Buffer.compare(one.name, other.name))) {
      if (++this.count > MAX_COPIED_FILES) throw tooMany();
      const path = above + name.toString();
      const reason = isUtf8(name) ? checkRelativePath(path) : 'has a name that is no UTF-8: choose another one.';
      if (reason === undefined) await this.take(Buffer.concat([at, SLASH, name]), path);
      else this.leave(path, reason);
    }
  }

  private async take(at: Buffer, path: string): Promise<void> {
    const stats = await lstat(at);
    if (stats.isDirectory()) {
      this.directories.add(path);
      await this.enter(at, `${path}/`);
    } else if (stats.isFile()) {
      this.files.set(path, { path, size: stats.size, executable: (stats.mode & 0o111) !== 0 });
    } else {
      this.leave(path, `is ${kindOf(stats)}: only plain files and folders are kept.`);
    }
  }

  private leave(path: string, reason: string): void {
    this.leftOut.push({ path: excerpt(path), reason });
  }
}

/** A command may have closed its folders to itself. Only this process touches them now, so opening them is safe. */
async function entriesOf(folder: Buffer): Promise<Dirent<Buffer>[]> {
  const options = { withFileTypes: true, encoding: 'buffer' } as const;
  try {
    return await readdir(folder, options);
  } catch {
    await chmod(folder, 0o700);
    return readdir(folder, options);
  }
}

function kindOf(stats: Stats): string {
  if (stats.isSymbolicLink()) return 'a symbolic link';
  return stats.isFIFO() ? 'a pipe' : stats.isSocket() ? 'a socket' : 'a device';
}

function tooMany(): ToolFailure {
  return new ToolFailure(
    'workspace_too_large',
    `The command left more than ${MAX_COPIED_FILES} files and folders, so none was kept. Let it clean up, or pack them.`,
  );
}

function tooMuch(): ToolFailure {
  return new ToolFailure(
    'workspace_too_large',
    `The files that the command changed have more than ${MAX_COPIED_BYTES} bytes together, holes included, so nothing ` +
      'was kept. Let it write less, or pack what it writes.',
  );
}
