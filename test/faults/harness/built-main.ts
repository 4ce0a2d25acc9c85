import { execFile } from 'node:child_process';
import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { occupy } from '../../../scripts/build/tree.js';

const ROOT = join(import.meta.dirname, '../../..');

let path: Promise<string> | undefined;

/**
 * The main module of the program as it is built from these sources: a process starts from it in half the time, and
 * these tests start hundreds. Asked for once by all files that share a thread.
 */
export function builtMain(): Promise<string> {
  path ??= build();
  return path;
}

async function build(): Promise<string> {
  // In a process of its own, because builds are kept apart by their process, and test files run in threads of one.
  await promisify(execFile)(process.execPath, ['scripts/build.mjs'], { cwd: ROOT });
  const tree = await realpath(join(ROOT, 'dist'));
  // Another run that builds newer sources must not take the files away from under these processes.
  await occupy(tree);
  return join(tree, 'src/main.js');
}
