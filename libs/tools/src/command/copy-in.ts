import { createHash } from 'node:crypto';
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { ToolFailure } from '../tool-failure.js';
import { readChunks } from '../workspace/files.js';
import type { WalkedFile } from '../workspace/walk.js';
import type { Workspace } from '../workspace/workspace.js';

/** What of a workspace is copied for a command. More does not belong into every run of it. */
export const MAX_COPIED_FILES = 20_000;
export const MAX_COPIED_BYTES = 256 * 1024 * 1024;
/** Entries of one folder; more files than may be copied anyway. */
const MAX_LISTED = 100_000;

/** What a file of the copy was when the command began. */
export interface CopiedFile {
  readonly size: number;
  readonly sha256: string;
  readonly executable: boolean;
}

/** A copy of a workspace, as it was when it was made. Paths are relative, with `/` between names. */
export interface WorkspaceCopy {
  readonly folder: string;
  readonly files: ReadonlyMap<string, CopiedFile>;
  readonly directories: ReadonlySet<string>;
}

/** Files up to here are read as a whole. */
export const SMALL_BYTES = 1024 * 1024;

/** Folders that went away meanwhile are left out as if they had not been there. */
const GONE = new Set(['file_not_found', 'not_a_directory', 'changed_meanwhile']);

/**
 * Copies the plain files and the folders of a workspace into an empty folder. Symbolic and hard links, pipes and
 * devices stay behind. Throws a ToolFailure when there is too much of it.
 */
export async function copyWorkspace(workspace: Workspace, folder: string): Promise<WorkspaceCopy> {
  return new Copier(workspace, folder).run();
}

class Copier {
  private readonly files = new Map<string, CopiedFile>();
  private readonly directories = new Set<string>();
  private bytes = 0;

  constructor(
    private readonly workspace: Workspace,
    private readonly folder: string,
  ) {}

  async run(): Promise<WorkspaceCopy> {
    await this.makeFolders('.');
    await this.workspace.walk('.', async (file) => {
      await this.copyFile(file);
      return true;
    });
    return { folder: this.folder, files: this.files, directories: this.directories };
  }

  private async makeFolders(path: string): Promise<void> {
    const { entries, truncated } = await this.workspace.list(path, MAX_LISTED);
    if (truncated) throw tooMuch();
    for (const { name } of entries.filter(({ kind }) => kind === 'directory')) {
      const below = path === '.' ? name : `${path}/${name}`;
      this.makeRoom(0);
      await mkdir(join(this.folder, below));
      this.directories.add(below);
      await unlessGone(() => this.makeFolders(below));
    }
  }

  private makeRoom(size: number): void {
    this.bytes += size;
    if (this.bytes > MAX_COPIED_BYTES || this.files.size + this.directories.size >= MAX_COPIED_FILES) throw tooMuch();
  }

  private async copyFile(file: WalkedFile): Promise<void> {
    this.makeRoom(file.size);
    const above = file.names.slice(0, -1).join('/');
    // A folder that was made after the folders were listed.
    if (above !== '' && !this.directories.has(above)) return;
    const path = file.names.join('/');
    const handle = await file.open();
    try {
      this.files.set(path, await writeCopy(handle, join(this.folder, path)));
    } finally {
      await handle.close();
    }
  }
}

async function writeCopy(source: FileHandle, target: string): Promise<CopiedFile> {
  const { mode, size } = await source.stat();
  const executable = (mode & 0o111) !== 0;
  const hash = createHash('sha256');
  const chunks = size > SMALL_BYTES ? readChunks(source) : [await source.readFile()];
  const copied = await writeChunks(chunks, target, executable ? 0o755 : 0o644, (chunk) => hash.update(chunk));
  return { size: copied, sha256: hash.digest('hex'), executable };
}

async function writeChunks(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  target: string,
  mode: number,
  onChunk: (chunk: Uint8Array) => void,
): Promise<number> {
  const handle = await open(target, 'wx', mode);
  try {
    let size = 0;
    for await (const chunk of chunks) {
      onChunk(chunk);
      size += chunk.length;
      await handle.writeFile(chunk);
    }
    return size;
  } finally {
    await handle.close();
  }
}

async function unlessGone(make: () => Promise<void>): Promise<void> {
  try {
    await make();
  } catch (error) {
    if (!(error instanceof ToolFailure && GONE.has(error.code))) throw error;
  }
}

function tooMuch(): ToolFailure {
  return new ToolFailure(
    'workspace_too_large',
    `The workspace has more than ${MAX_COPIED_FILES} files and folders or ${MAX_COPIED_BYTES} bytes, which is more ` +
      'than a command gets a copy of. Delete what is not needed any more, or work on it with the file tools.',
  );
}
