import { z } from 'zod';
import { defineTool } from '../tool.js';
import { workspacePath } from '../workspace/paths.js';

const MAX_ENTRIES = 5000;

const entry = z.strictObject({
  name: z.string(),
  kind: z.enum(['file', 'directory', 'link', 'other']),
  size: z.number().describe('Bytes; 0 for anything but a file.'),
});

export const listDirectory = defineTool({
  name: 'list_directory',
  description: `Lists what is in a folder of the workspace, sorted by name, at most ${MAX_ENTRIES} entries.`,
  input: z.strictObject({ path: workspacePath }),
  output: z.strictObject({
    entries: z.array(entry),
    truncated: z.boolean().describe('Whether there are more entries than are listed.'),
  }),
  permissionLevel: 'READ_ONLY',
  risk: 'LOW',
  effect: 'pure',
  timeoutSeconds: 30,
  pathArguments: ['path'],
  execute: async ({ path }, { workspace }) => {
    const { entries, truncated } = await workspace.list(path, MAX_ENTRIES);
    return { entries: entries.map(({ name, kind, size }) => ({ name, kind, size })), truncated };
  },
});

export const createDirectory = defineTool({
  name: 'create_directory',
  description: 'Makes a folder in the workspace, with the folders on the way to it. That it exists already is fine.',
  input: z.strictObject({ path: workspacePath }),
  output: z.strictObject({ path: z.string(), created: z.boolean() }),
  permissionLevel: 'READ_WRITE',
  risk: 'LOW',
  effect: 'idempotent',
  timeoutSeconds: 30,
  pathArguments: ['path'],
  execute: async ({ path }, { workspace }) => workspace.createDirectory(path),
});
