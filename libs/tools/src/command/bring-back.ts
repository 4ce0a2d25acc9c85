import { join } from 'node:path';
import { ToolFailure } from '../tool-failure.js';
import type { Workspace } from '../workspace/workspace.js';
import type { WorkspaceCopy } from './copy-in.js';
import { type Differences, contentOf } from './copy-out.js';

/**
 * Does to a workspace what a command did to its copy: only what it changed, so that what others did to other files
 * meanwhile stays. Each file is replaced as a whole, one after the other.
 */
export async function bringBack(workspace: Workspace, copy: WorkspaceCopy, differences: Differences): Promise<void> {
  const { removed, removedDirectories, madeDirectories, written } = differences;
  for (const path of removed) await unlessGone(() => workspace.remove(path));
  for (const path of removedDirectories) await unlessGone(() => workspace.removeDirectory(path));
  for (const path of madeDirectories) await workspace.createDirectory(path);
  for (const { path, executable } of written) {
    await workspace.write(path, contentOf(join(copy.folder, path)), executable ? 0o755 : 0o644);
    // A file that is replaced keeps its mode.
    if ((copy.files.get(path)?.executable ?? executable) !== executable)
      await workspace.setExecutable(path, executable);
  }
}

/** Somebody else was faster: it is gone, or has become something else, which is not the command's to remove. */
async function unlessGone(remove: () => Promise<unknown>): Promise<void> {
  try {
    await remove();
  } catch (error) {
    const codes = ['file_not_found', 'not_a_directory', 'is_a_directory'];
    if (!(error instanceof ToolFailure && codes.includes(error.code))) throw error;
  }
}
