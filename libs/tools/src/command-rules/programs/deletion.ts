import type { Situation } from '../inspector.js';
import { described, isInWorkspace, placesOf } from '../places.js';
import { UNKNOWN, shown } from '../text.js';

interface Deletion {
  /** Whether it takes whole folders, or asks nobody: then what is deleted must be known. */
  readonly isSweeping: boolean;
}

/**
 * Why these paths may not be deleted: one lies outside the workspace, or could. A single file whose name is not known
 * is let through, since what runs the command keeps it inside.
 */
export function deletionOf(
  program: string,
  paths: readonly string[],
  at: Situation,
  { isSweeping }: Deletion,
): string | undefined {
  for (const path of paths) {
    for (const place of placesOf(path, at.folders)) {
      if (place === UNKNOWN && isSweeping) return unknown(program, path);
      if (place !== UNKNOWN && !isInWorkspace(place)) return outside(program, path, place);
    }
  }
  return undefined;
}

/** Why nothing may be deleted on another machine. */
export function deletionElsewhere(program: string, place: string): string {
  return (
    `\`${program}\` would delete on another machine (${shown(place)}), which is outside the workspace. ` +
    'Delete only what is in the workspace.'
  );
}

function outside(program: string, path: string, place: string): string {
  return (
    `\`${program}\` would delete ${described(path, place)}, which is outside the workspace. ` +
    'Delete only what is in the workspace, by its path from there, e.g. `rm -r build`.'
  );
}

function unknown(program: string, path: string): string {
  const what = path.includes(UNKNOWN) ? 'a part of it' : 'the folder that it starts from';
  return (
    `What \`${program}\` would delete cannot be told from ${shown(path)}: ${what} is only known when it runs. ` +
    'Write the path out, relative to the workspace.'
  );
}
