import { createHash } from 'node:crypto';
import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { ToolFailure } from '../tool-failure.js';
import type { OpenedFile, Workspace } from '../workspace/workspace.js';

/** What of a workspace is copied for a command. More does not belong into every run of it. */
export const MAX_COPIED_FILES = 20_000;
const MAX_COPIED_BYTES = 256 * 1024 * 1024;
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

/** Left out as if they were not there: they went away meanwhile, or nobody may read them (hard links). */
const SKIPPED = new Set([
  'file_not_found',
  'not_a_directory',
  'not_a_file',
  'changed_meanwhile',
  'path_outside_workspace',
]);

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
    await this.copyDirectory('.');
    return { folder: this.folder, files: this.files, directories: this.directories };
  }

  private async copyDirectory(path: string): Promise<void> {
    const { entries, truncated } = await this.workspace.list(path, MAX_LISTED);
    if (truncated) throw tooMuch();
    for (const { name, kind, size } of entries) {
      const below = path === '.' ? name : `${path}/${name}`;
      this.makeRoom(size);
      if (kind === 'directory') await unlessSkipped(() => this.enter(below));
      if (kind === 'file') await unlessSkipped(() => this.copyFile(below));
    }
  }

  private makeRoom(size: number): void {
    this.bytes += size;
    if (this.bytes > MAX_COPIED_BYTES || this.files.size + this.directories.size >= MAX_COPIED_FILES) throw tooMuch();
  }

  private async enter(path: string): Promise<void> {
    await mkdir(join(this.folder, path));
    this.directories.add(path);
    await this.copyDirectory(path);
  }

  private async copyFile(path: string): Promise<void> {
    this.files.set(path, await this.workspace.read(path, (file) => writeCopy(file, join(this.folder, path))));
  }
}

async function writeCopy({ chunks, mode }: OpenedFile, target: string): Promise<CopiedFile> {
  const executable = (mode & 0o111) !== 0;
  const handle = await open(target, 'wx', executable ? 0o755 : 0o644);
  try {
    const hash = createHash('sha256');
    let size = 0;
    for await (const chunk of chunks) {
      hash.update(chunk);
      size += chunk.length;
      await handle.writeFile(chunk);
    }
    return { size, sha256: hash.digest('hex'), executable };
  } finally {
    await handle.close();
  }
}

async function unlessSkipped(copy: () => Promise<void>): Promise<void> {
  try {
    await copy();
  } catch (error) {
    if (!(error instanceof ToolFailure && SKIPPED.has(error.code))) throw error;
  }
}

function tooMuch(): ToolFailure {
  return new ToolFailure(
    'workspace_too_large',
    `The workspace has more than ${MAX_COPIED_FILES} files and folders or ${MAX_COPIED_BYTES} bytes, which is more ` +
      'than a command gets a copy of. Delete what is not needed any more, or work on it with the file tools.',
  );
}
