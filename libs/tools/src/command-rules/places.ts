import { couldBe } from './pattern.js';
import { UNKNOWN, isPattern, shown } from './text.js';

/** Where a command sees the workspace, and starts: its HOME as well. */
export const WORKSPACE = '/workspace';
/** For temporary files: in a jail it begins empty and goes with the run. */
export const TEMPORARY = '/tmp';

/** Longer paths are refused by the system (PATH_MAX of Linux, in bytes). */
const MAX_LENGTH = 4096;

/**
 * The absolute place that a path means in a folder, with `.`, `..` and double slashes worked out; UNKNOWN where that
 * cannot be said. A pattern that could be expanded to `..` counts as that. Of `/etc/$X` it is known that it is not the
 * run's own, whatever the variable holds: there the mark stands for a name.
 */
export function placeOf(path: string, folder: string): string {
  const whole = path.startsWith('/') ? path : `${folder}/${path}`;
  const unknown = whole.indexOf(UNKNOWN);
  if (unknown === -1) return placeOfKnown(whole);
  // A variable in front may hold a whole path.
  if (path.startsWith(UNKNOWN) || whole.startsWith(UNKNOWN)) return UNKNOWN;
  const start = placeOfKnown(whole.slice(0, whole.lastIndexOf('/', unknown)));
  return start === UNKNOWN || isOwn(start) ? UNKNOWN : `${start === '/' ? '' : start}/${UNKNOWN}`;
}

function placeOfKnown(whole: string): string {
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

/** What working out places takes, in characters that are read. */
export function costOfPlaces(paths: readonly string[], folders: readonly string[]): number {
  const each = folders.reduce((sum, folder) => sum + folder.length, 0);
  return paths.reduce((sum, path) => sum + path.length + each, 0);
}

/** Whether a place is the run's own: in the workspace, which is its home as well, or for temporary files. */
export function isOwn(place: string): boolean {
  return [WORKSPACE, TEMPORARY].some((own) => place === own || place.startsWith(`${own}/`));
}

/** A path as a reason names it: as it was written, and the place that it means where that is another text. */
export function described(path: string, place: string): string {
  return path === place ? shown(path) : `${shown(path)} (that is ${shown(place)})`;
}
