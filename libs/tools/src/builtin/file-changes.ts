import { z } from 'zod';
import { defineTool } from '../tool.js';
import { workspacePath } from '../workspace/paths.js';

const fromTo = z.strictObject({ from: workspacePath, to: workspacePath });

export const copyFile = defineTool({
  name: 'copy_file',
  description: 'Copies a file of the workspace to another path, replacing a file there. Folders on the way are made.',
  input: fromTo,
  output: z.strictObject({ from: z.string(), to: z.string(), size: z.number(), sha256: z.string() }),
  permissionLevel: 'READ_WRITE',
  risk: 'LOW',
  effect: 'idempotent',
  timeoutSeconds: 60,
  pathArguments: ['from', 'to'],
  execute: async ({ from, to }, { workspace }) => {
    const { path, size, sha256 } = await workspace.copy(from, to);
    return { from, to: path, size, sha256 };
  },
});

export const moveFile = defineTool({
  name: 'move_file',
  description: 'Moves a file of the workspace to another path, replacing a file there. Folders on the way are made.',
  input: fromTo,
  output: z.strictObject({ from: z.string(), to: z.string() }),
  permissionLevel: 'READ_WRITE',
  risk: 'MEDIUM',
  // A second run finds nothing to move, or moves something else.
  effect: 'non_idempotent',
  timeoutSeconds: 30,
  pathArguments: ['from', 'to'],
  execute: async ({ from, to }, { workspace }) => {
    const moved = await workspace.move(from, to);
    return { from: moved.from, to: moved.path };
  },
});

export const deleteFile = defineTool({
  name: 'delete_file',
  description: 'Deletes a file or a symbolic link (not what it points to) of the workspace. Folders are refused.',
  input: z.strictObject({ path: workspacePath }),
  output: z.strictObject({ path: z.string() }),
  permissionLevel: 'READ_WRITE',
  risk: 'MEDIUM',
  // A second run fails, and what it would delete may be a new file of that name.
  effect: 'non_idempotent',
  action: 'delete',
  timeoutSeconds: 30,
  pathArguments: ['path'],
  execute: async ({ path }, { workspace }) => ({ path: await workspace.remove(path) }),
});
