import { z } from 'zod';
import { defineTool } from '../tool.js';
import { workspacePath } from '../workspace/paths.js';

export const fileInfo = defineTool({
  name: 'file_info',
  description: 'Tells the kind, size, time of change, SHA-256 and media type of a file or folder of the workspace.',
  input: z.strictObject({ path: workspacePath }),
  output: z.strictObject({
    path: z.string(),
    kind: z.enum(['file', 'directory']),
    size: z.number(),
    modified_at: z.string().describe('ISO 8601, UTC.'),
    sha256: z.string().nullable().describe('In hexadecimal; null for a folder and for files over 100 MiB.'),
    media_type: z.string().nullable().describe('By the extension of the name; null for a folder.'),
  }),
  permissionLevel: 'READ_ONLY',
  risk: 'LOW',
  effect: 'pure',
  timeoutSeconds: 60,
  pathArguments: ['path'],
  execute: async ({ path }, { workspace }) => {
    const info = await workspace.info(path);
    return {
      path: info.path,
      kind: info.kind,
      size: info.size,
      modified_at: info.modifiedAt.toISOString(),
      sha256: info.sha256 ?? null,
      media_type: info.mediaType ?? null,
    };
  },
});
