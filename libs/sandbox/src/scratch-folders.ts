import { execFile } from 'node:child_process';
import { lstat, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { newId } from '#libs/kernel';
import { findProgram } from './jail/programs.js';

const run = promisify(execFile);

/** Folders that runs have to themselves, side by side in one that is closed to other users. */
export class ScratchFolders {
  constructor(private readonly root: string) {}

  /** Makes a folder, and removes it with all that is in it when `use` is over. */
  async with<Result>(use: (folder: string) => Promise<Result>): Promise<Result> {
    await mkdir(this.root, { recursive: true, mode: 0o700 });
    const folder = join(this.root, newId());
    await mkdir(folder, { mode: 0o700 });
    try {
      return await use(folder);
    } finally {
      await removeFolder(folder);
    }
  }
}

/**
 * Removes a folder that a program has filled as it liked. What Node does not manage (names that are no UTF-8, paths
 * longer than the system takes, folders that were closed) the tools of the system do.
 */
export async function removeFolder(folder: string): Promise<void> {
  try {
    await rm(folder, { recursive: true, force: true });
    return;
  } catch (error) {
    const [chmod, remove] = ['chmod', 'rm'].map(findProgram);
    if (chmod === undefined || remove === undefined || !(await lstat(folder)).isDirectory()) throw error;
    // It says so of each entry that goes away or cannot be changed; what matters is whether the removal works.
    await run(chmod, ['-R', 'u+rwX', '--', folder]).catch(() => undefined);
    await run(remove, ['-rf', '--', folder]);
  }
}
