import { constants } from 'node:fs';
import { access, mkdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { SettingError } from './start-error.js';

/**
 * Makes the data folder, closed to others, where it is missing, and sees that it can be written to. Throws a
 * SettingError that names DATA_DIR.
 */
export async function prepareDataFolder(folder: string): Promise<void> {
  try {
    await makeFolder(resolve(folder));
    await access(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    throw new SettingError(
      `DATA_DIR: ${folder} cannot be used: ${error.message}.\nName a folder that this process may write to.`,
      { cause: error },
    );
  }
}

// Step by step: Node's own recursive mkdir tries for ever where a parent exists and nothing can be made in it (/proc).
async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { mode: 0o700 });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EEXIST' && (await stat(folder)).isDirectory()) return;
    const parent = dirname(folder);
    if (code !== 'ENOENT' || (await exists(parent))) throw error;
    await makeFolder(parent);
    await makeFolder(folder);
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
