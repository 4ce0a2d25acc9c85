import { UNKNOWN } from './text.js';

/**
 * The name that a program is known by: without its folders, and in lower case, since some file systems know no
 * difference. What cannot be known of it is taken for nothing, as a variable that nobody set is.
 */
export function nameOf(program: string): string {
  const known = program.replaceAll(UNKNOWN, '');
  return known.slice(known.lastIndexOf('/') + 1).toLowerCase();
}
