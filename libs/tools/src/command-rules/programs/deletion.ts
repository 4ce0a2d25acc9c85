import type { Situation } from '../inspector.js';
import { described, isOwn, placesOf } from '../places.js';
import { couldBe } from '../pattern.js';
import { UNKNOWN, isPattern, shown } from '../text.js';

interface Deletion {
  /** Whether it takes whole folders with what is in them. */
  readonly isRecursive: boolean;
}

/**
 * Why these paths may not be deleted: one lies outside the run's own places, or would if a variable is empty that is
 * not known. Otherwise what is not known is let through, since what runs the command keeps it inside.
 */
export function deletionOf(
  program: string,
  paths: readonly string[],
  at: Situation,
  { isRecursive }: Deletion,
): string | undefined {
  for (const path of paths) {
    for (const place of placesOf(path, at.folders)) {
      if (place !== UNKNOWN && !isOwn(place)) return outside(program, path, place);
    }
    if (isRecursive && path.includes(UNKNOWN)) {
      const left = path.replaceAll(UNKNOWN, '');
      // An empty operand means nothing at all, not the folder.
      const places = left === '' ? [] : placesOf(left, at.folders);
      const everything = places.find((place) => (left.startsWith('/') ? isEverything(place) : isOutside(place)));
      if (everything !== undefined) return ifEmpty(program, path, everything);
    }
  }
  return undefined;
}

function isOutside(place: string): boolean {
  return !place.includes(UNKNOWN) && !isOwn(place);
}

/** The root, or a pattern of all that is in it. What else an empty variable leaves, e.g. `/build`, is not there. */
function isEverything(place: string): boolean {
  const names = place.split('/').filter((name) => name !== '');
  return names.every((name) => isPattern(name) && couldBe(name, 'usr'));
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
    'Delete only what is in the workspace, by its path from there, e.g. `rm -r build`, or below `/tmp`.'
  );
}

function ifEmpty(program: string, path: string, place: string): string {
  return (
    `\`${program}\` would delete ${shown(place)}, which is outside the workspace, if what is only known when it runs ` +
    `is empty in ${shown(path)}. Write the path out, or \`\${NAME:?}\` for \`$NAME\`, which stops where it is empty.`
  );
}
