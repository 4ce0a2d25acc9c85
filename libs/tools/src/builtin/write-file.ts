import { z } from 'zod';
import { defineTool } from '../tool.js';
import { workspacePath } from '../workspace/paths.js';
import { decode, encoding, isBase64 } from './encoding.js';

const input = z
  .strictObject({ path: workspacePath, content: z.string().describe('The whole content of the file.'), encoding })
  .superRefine((file, context) => {
    if (file.encoding === 'base64' && !isBase64(file.content)) {
      context.addIssue({
        code: 'custom',
        path: ['content'],
        message: 'must be base64 (RFC 4648 with padding, no line breaks), or leave `encoding` out for text.',
      });
    }
  });

export const writeFile = defineTool({
  name: 'write_file',
  description: 'Writes a file of the workspace as a whole, replacing one of that name. Folders on the way are made.',
  input,
  output: z.strictObject({ path: z.string(), size: z.number(), sha256: z.string() }),
  permissionLevel: 'READ_WRITE',
  risk: 'LOW',
  effect: 'idempotent',
  timeoutSeconds: 30,
  pathArguments: ['path'],
  execute: async ({ path, content, encoding: as }, { workspace }) => workspace.write(path, [decode(content, as)]),
});
