import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { rounded } from './measure.js';

export const MEGABYTE = 1024 * 1024;

// The collector is otherwise reached by a flag of the command line only.
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** What this process holds once everything that nobody can reach has been thrown away, in megabytes. */
export function heldMegabytes(): number {
  // What the first pass finalises, such as buffers, the second one frees.
  collect();
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return rounded((heapUsed + external) / MEGABYTE, 2);
}

/** What the system has given this process, in megabytes. It is seldom given back at once. */
export function residentMegabytes(): number {
  return rounded(process.memoryUsage().rss / MEGABYTE, 1);
}
