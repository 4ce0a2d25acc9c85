import { isStorableText } from '#libs/kernel';
import { z } from 'zod';
import { VIOLATION } from '../arguments/validate.js';
import { ToolFailure } from '../tool-failure.js';

/** Bytes of a path (PATH_MAX of Linux) and of one name in it (NAME_MAX). */
const MAX_PATH_BYTES = 4096;
const MAX_NAME_BYTES = 255;
/** Folders that a path may lead through; each takes a file descriptor while the path is walked. */
export const MAX_DEPTH = 64;

/** The names in a path, without empty ones and `.`; none at all for the workspace itself. */
export function namesIn(path: string): string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.');
}

/**
 * Why a path may not be used inside a workspace, as the end of a sentence that begins with the path; undefined when
 * it may. It looks at the text only: where links lead is seen when the path is opened. What looks special elsewhere
 * (`%2e%2e`, `…`, full-width dots, `~`, `C:`) is a plain name here, because nothing on the way decodes it.
 */
export function checkRelativePath(path: string): string | undefined {
  if (path === '') return 'is empty: name a file or folder, or `.` for the whole workspace.';
  if (!isStorableText(path)) return 'holds a NUL character or half of a surrogate pair: remove it.';
  if (path.startsWith('/')) return 'is absolute: give a path relative to the workspace, e.g. `data/in.csv`.';
  if (path.includes('\\')) return 'holds a backslash: separate folders by `/`.';
  const names = namesIn(path);
  if (names.includes('..')) return 'holds `..`, which could lead out of the workspace: name the place directly.';
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) return `is longer than ${MAX_PATH_BYTES} bytes: use a shorter one.`;
  if (names.length > MAX_DEPTH) return `leads through more than ${MAX_DEPTH} folders: use a shorter one.`;
  if (names.some((name) => Buffer.byteLength(name) > MAX_NAME_BYTES)) {
    return `holds a name longer than ${MAX_NAME_BYTES} bytes: use a shorter one.`;
  }
  return undefined;
}

/** The names in a path that may be used; throws a safety violation for any other. */
export function safeNamesIn(path: string): string[] {
  const reason = checkRelativePath(path);
  if (reason !== undefined) throw outside(path, reason);
  return namesIn(path);
}

/** The failure of a path that leads, or may lead, out of the workspace. `reason` goes on after the path. */
export function outside(path: string, reason: string): ToolFailure {
  return new ToolFailure('path_outside_workspace', `\`${path}\` ${reason}`, { violation: true });
}

/** A path argument of a tool; a path that leaves the workspace is refused as early as at submission. */
export const workspacePath = z
  .string()
  .superRefine((path, context) => {
    const message = checkRelativePath(path);
    if (message !== undefined) context.addIssue({ code: 'custom', message, params: VIOLATION });
  })
  .describe('A path relative to the workspace, with `/` between folders.');
