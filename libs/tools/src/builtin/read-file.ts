import { z } from 'zod';
import { defineTool } from '../tool.js';
import { ToolFailure } from '../tool-failure.js';
import { workspacePath } from '../workspace/paths.js';
import type { OpenedFile } from '../workspace/workspace.js';
import { encode, encoding } from './encoding.js';

/** Bytes of a file that is read as a whole: its content becomes the output of a task, which has a limit of its own. */
const MAX_BYTES = 1024 * 1024;

async function contentOf(file: OpenedFile): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  if (file.size <= MAX_BYTES) {
    for await (const chunk of file.chunks) {
      size += chunk.length;
      // A file may grow while it is read.
      if (size > MAX_BYTES) break;
      chunks.push(Buffer.from(chunk));
    }
  }
  if (Math.max(size, file.size) <= MAX_BYTES) return Buffer.concat(chunks);
  throw new ToolFailure(
    'file_too_large',
    `\`${file.path}\` has more than ${MAX_BYTES} bytes. ` +
      'Let code in the workspace read it, find the part you need with `search_files`, or split it.',
  );
}

export const readFile = defineTool({
  name: 'read_file',
  description: 'Reads a file of the workspace as text or, with encoding base64, as bytes.',
  input: z.strictObject({ path: workspacePath, encoding }),
  output: z.strictObject({ content: z.string(), encoding: z.enum(['utf8', 'base64']), size: z.number() }),
  permissionLevel: 'READ_ONLY',
  risk: 'LOW',
  effect: 'pure',
  timeoutSeconds: 30,
  pathArguments: ['path'],
  execute: async ({ path, encoding: as }, { workspace }) => {
    const bytes = await workspace.read(path, contentOf);
    return { content: encode(bytes, as, path), encoding: as, size: bytes.length };
  },
});
