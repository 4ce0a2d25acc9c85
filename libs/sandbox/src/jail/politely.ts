import { findProgram } from './programs.js';

/**
 * Puts a run behind the platform: it gets what processor time is left, and is the first to go when the machine runs
 * out of memory. Nothing in the jail can take that back. Where these programs are missing it runs without.
 */
export function politely(command: readonly string[]): string[] {
  const nice = findProgram('nice');
  const choom = findProgram('choom');
  return [...(nice ? [nice, '-n', '10'] : []), ...(choom ? [choom, '-n', '1000', '--'] : []), ...command];
}
