import { readFileSync, readdirSync } from 'node:fs';

const CLOSE_ON_EXEC = 0o2_000_000;
/** Beyond this a list of what a process gets as its descriptors would be longer than it is worth. */
const MAX_DESCRIPTOR = 1024;

/**
 * Descriptors beyond the three usual ones that every program started from here inherits: what whoever started this
 * process left open. Node closes its own. A jail puts nothing (/dev/null) in their place.
 */
export function inheritedDescriptors(): number[] {
  return numbersIn('/proc/self/fd').filter((number) => number > 2 && number <= MAX_DESCRIPTOR && isInherited(number));
}

function isInherited(descriptor: number): boolean {
  try {
    const flags = /^flags:\s+([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'latin1'))?.[1] ?? '0';
    return (Number.parseInt(flags, 8) & CLOSE_ON_EXEC) === 0;
  } catch {
    return false;
  }
}

function numbersIn(folder: string): number[] {
  try {
    return readdirSync(folder).map(Number);
  } catch {
    return [];
  }
}
