import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';

/**
 * Where programs of the system lie. Not taken from PATH: what guards the machine must not depend on how the program
 * was started. All of these are visible inside of a jail, too.
 */
const FOLDERS = ['/usr/bin', '/usr/sbin', '/bin', '/sbin', '/usr/local/bin'];

/** The absolute path of a program of the system; undefined where it is not installed. */
export function findProgram(name: string): string | undefined {
  return FOLDERS.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
