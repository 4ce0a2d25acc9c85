import { createHash } from 'node:crypto';
import { z } from 'zod';
import { mediaTypeOf } from '../file-store/media-type.js';
import { type ToolContext, defineTool } from '../tool.js';
import { MAX_FILE_BYTES, readChunks } from '../workspace/files.js';
import { MAX_PATTERN_LENGTH, compileGlob } from '../workspace/glob.js';
import { namesIn, workspacePath } from '../workspace/paths.js';
import type { WalkedFile } from '../workspace/walk.js';
import { HEAD_BYTES, imageSize } from './image-size.js';

const MAX_FILES = 2000;
/** Files that are looked at; most of them may not match. */
const MAX_VISITED = 50_000;
/** Bytes that one call reads. */
const MAX_BYTES_READ = 1024 * 1024 * 1024;
/** Characters of paths, so that the output stays well below what an output may have. */
const MAX_PATH_CHARACTERS = 256 * 1024;

// A type, not an interface: only then TypeScript sees that it is JSON.
type Summed = {
  path: string;
  size: number;
  sha256: string | null;
  media_type: string;
  width?: number;
  height?: number;
};

async function sum(file: WalkedFile, path: string, signal: AbortSignal): Promise<Summed> {
  const known = { path, media_type: mediaTypeOf(path) };
  if (file.size > MAX_FILE_BYTES) return { ...known, size: file.size, sha256: null };
  const handle = await file.open();
  try {
    const hash = createHash('sha256');
    const head: Buffer[] = [];
    let size = 0;
    for await (const chunk of readChunks(handle, signal)) {
      hash.update(chunk);
      // A chunk is only valid until the next one.
      if (size < HEAD_BYTES) head.push(Buffer.from(chunk));
      size += chunk.length;
    }
    return { ...known, size, sha256: hash.digest('hex'), ...imageSize(Buffer.concat(head)) };
  } finally {
    await handle.close();
  }
}

async function checksum(
  input: { path: string; pattern: string },
  { workspace, signal }: ToolContext,
): Promise<{ files: Summed[]; truncated: boolean }> {
  const fits = compileGlob(input.pattern);
  const above = namesIn(input.path);
  const files: Summed[] = [];
  const left = { visits: MAX_VISITED, bytes: MAX_BYTES_READ, characters: MAX_PATH_CHARACTERS };
  let truncated = false;
  await workspace.walk(input.path, async (file) => {
    if (--left.visits < 0) return !(truncated = true);
    if (!fits(file.names)) return true;
    const path = [...above, ...file.names].join('/');
    left.bytes -= Math.min(file.size, MAX_FILE_BYTES);
    left.characters -= path.length;
    if (files.length === MAX_FILES || left.bytes < 0 || left.characters < 0) return !(truncated = true);
    files.push(await sum(file, path, signal));
    return true;
  });
  return { files, truncated };
}

export const checksumFiles = defineTool({
  name: 'checksum_files',
  description:
    'Gives size, SHA-256 and media type of the files below a folder of the workspace that fit a pattern (`*.csv`, ' +
    '`**/*.png`, `**` for all), and width and height of PNG, JPEG and GIF images. Links are not followed.',
  input: z.strictObject({
    path: workspacePath.describe('The folder, `.` for the whole workspace.'),
    pattern: z
      .string()
      .min(1)
      .max(MAX_PATTERN_LENGTH)
      .describe('`?` is one character, `*` any within a name, `**` as a whole name any number of folders.'),
  }),
  output: z.strictObject({
    files: z.array(
      z.strictObject({
        path: z.string(),
        size: z.number(),
        sha256: z.string().nullable().describe('In hexadecimal; null for files over 100 MiB.'),
        media_type: z.string().describe('By the extension of the name.'),
        width: z.number().exactOptional().describe('Pixels, of an image.'),
        height: z.number().exactOptional().describe('Pixels, of an image.'),
      }),
    ),
    truncated: z.boolean().describe(`Whether there are more: ${MAX_FILES} files or a limit on the work.`),
  }),
  permissionLevel: 'READ_ONLY',
  risk: 'LOW',
  effect: 'pure',
  timeoutSeconds: 120,
  pathArguments: ['path'],
  execute: checksum,
});
