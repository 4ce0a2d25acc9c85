import { couldBe } from './pattern.js';
import { UNKNOWN, isPattern, shown } from './text.js';

/** Where a command sees the workspace, and starts. */
export const WORKSPACE = '/workspace';
/** Stands for the home folder, wherever it is: it is not the workspace. */
export const HOME = '/root';

/** Longer paths are refused by the system (PATH_MAX of Linux, in bytes). */
const MAX_LENGTH = 4096;

/**
 * The absolute place that a path means in a folder, with `.`, `..` and double slashes worked out; UNKNOWN where that
 * cannot be said. A pattern that could be expanded to `..` counts as that.
 */
export function placeOf(path: string, folder: string): string {
  const whole = path.startsWith('/') ? path : `${folder}/${path}`;
  if (whole.includes(UNKNOWN)) return UNKNOWN;
  const names: string[] = [];
  for (const name of whole.split('/')) {
    if (name === '' || name === '.') continue;
    if (name === '..' || (isPattern(name) && couldBe(name, '..'))) names.pop();
    else names.push(name);
  }
  const place = `/${names.join('/')}`;
  return place.length > MAX_LENGTH ? UNKNOWN : place;
}

/** All places that a path may mean, where the folder is one of several. */
export function placesOf(path: string, folders: readonly string[]): string[] {
  return [...new Set(folders.map((folder) => placeOf(path, folder)))];
}

export function isInWorkspace(place: string): boolean {
  return place === WORKSPACE || place.startsWith(`${WORKSPACE}/`);
}

/** A path as a reason names it: as it was written, and the place that it means where that is another text. */
export function described(path: string, place: string): string {
  return path === place ? shown(path) : `${shown(path)} (that is ${shown(place)})`;
}
