import { type JsonObject, excerpt } from '#libs/kernel';
import { z } from 'zod';
import type { BlockedAction } from '../tool.js';
import { ToolFailure } from '../tool-failure.js';
import { checkRelativePath, workspacePath } from '../workspace/paths.js';
import type { OpenedFile, Workspace } from '../workspace/workspace.js';

const MAX_FILES = 50;
const MAX_BYTES = 16 * 1024 * 1024;

/** The argument that names files of the workspace whose texts the code gets. */
export const codeFiles = z
  .array(workspacePath)
  .max(MAX_FILES)
  .default([])
  .describe('Text files of the workspace, together at most 16 MiB; the code finds their contents in `files`, by path.');

/** The paths among these arguments that would lead out of the workspace. */
export function blockedFiles(given: JsonObject): BlockedAction[] {
  const paths = given['files'];
  if (!Array.isArray(paths)) return [];
  return paths.flatMap((path: unknown, index): BlockedAction[] => {
    const reason = typeof path === 'string' ? checkRelativePath(path) : undefined;
    if (typeof path !== 'string' || reason === undefined) return [];
    const argument = `files.${index}`;
    return [{ code: 'path_outside_workspace', argument, reason: `\`${excerpt(path)}\` ${reason}` }];
  });
}

/** Reads the files, one after another, so that no more than the limit is ever in memory. */
export async function readCodeFiles(workspace: Workspace, paths: readonly string[]): Promise<Record<string, string>> {
  const texts: [string, string][] = [];
  let room = MAX_BYTES;
  for (const path of new Set(paths)) {
    const bytes = await workspace.read(path, (file) => contentOf(file, room));
    room -= bytes.length;
    texts.push([path, textOf(bytes, path)]);
  }
  return Object.fromEntries(texts);
}

async function contentOf(file: OpenedFile, room: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  if (file.size > room) throw tooLarge(file.path);
  for await (const chunk of file.chunks) {
    size += chunk.length;
    // A file may grow while it is read.
    if (size > room) throw tooLarge(file.path);
    // The workspace reads into one buffer again and again.
    chunks.push(Buffer.from(chunk));
  }
  return Buffer.concat(chunks);
}

function tooLarge(path: string): ToolFailure {
  const text = `With \`${path}\`, \`files\` has more than ${MAX_BYTES} bytes. Give fewer or smaller files, or split them.`;
  return new ToolFailure('file_too_large', text);
}

function textOf(bytes: Buffer, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    const text = `\`${path}\` is not UTF-8 text. Read it with \`read_file\` and \`encoding\` \`base64\`, and give it as \`input\`.`;
    throw new ToolFailure('not_text', text, { cause: error });
  }
}
