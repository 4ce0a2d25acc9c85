import { join } from 'node:path';
import { ToolFailure } from '../tool-failure.js';
import type { Workspace } from '../workspace/workspace.js';
import { checkUnchanged } from './conflicts.js';
import type { WorkspaceCopy } from './copy-in.js';
import { type Differences, contentOf } from './copy-out.js';
import { oneAtATime } from './one-at-a-time.js';

/**
 * Does to a workspace what a command did to its copy: only what it changed, so that what others did to other files
 * meanwhile stays. All of it is looked at before anything is done: throws `changed_meanwhile` where others changed the
 * same, and `workspace_full` where there is no room; then nothing was changed. Each file is replaced as a whole, one
 * after the other.
 */
export async function bringBack(workspace: Workspace, copy: WorkspaceCopy, differences: Differences): Promise<void> {
  // Two commands that end at the same moment would both find everything as it was.
  await oneAtATime(workspace.root, async () => {
    await checkUnchanged(workspace, copy, differences);
    await workspace.requireRoom(differences.written.map(({ size }) => size));
    await apply(workspace, copy, differences);
  });
}

async function apply(workspace: Workspace, copy: WorkspaceCopy, differences: Differences): Promise<void> {
  const steps = stepsOf(workspace, copy, differences);
  let done = 0;
  try {
    for (const step of steps) {
      await step();
      done += 1;
    }
  } catch (error) {
    throw error instanceof ToolFailure ? afterPart(error, done, steps.length) : error;
  }
}

/** Each may be repeated, but the command itself may not: whatever failed, the call is not to be tried again. */
function afterPart(error: ToolFailure, done: number, all: number): ToolFailure {
  const { detail, violation = false } = error.toError();
  const text = `The command ended, and ${done} of its ${all} changes were brought back. ${detail}`;
  return done === 0 ? error : new ToolFailure(error.code, text, { violation, uncertain: true, cause: error });
}

function stepsOf(
  workspace: Workspace,
  copy: WorkspaceCopy,
  { removed, removedDirectories, madeDirectories, written }: Differences,
): (() => Promise<unknown>)[] {
  return [
    ...removed.map((path) => () => unlessGone(() => workspace.remove(path))),
    ...removedDirectories.map((path) => () => unlessGone(() => workspace.removeDirectory(path))),
    ...madeDirectories.map((path) => () => workspace.createDirectory(path)),
    ...written.map(({ path, executable }) => async () => {
      await workspace.write(path, contentOf(join(copy.folder, path)), executable ? 0o755 : 0o644);
      // A file that is replaced keeps its mode.
      if ((copy.files.get(path)?.executable ?? executable) !== executable)
        await workspace.setExecutable(path, executable);
    }),
  ];
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
