import { join } from 'node:path';
import { ensureBuilt } from '../../../scripts/build/build.js';
import { occupy } from '../../../scripts/build/tree.js';

let path: Promise<string> | undefined;

/**
 * The main module of the program as it is built from these sources: a process starts from it in half the time, and
 * these tests start hundreds. Built once for all files that share a thread.
 */
export function builtMain(): Promise<string> {
  path ??= build();
  return path;
}

async function build(): Promise<string> {
  const tree = await ensureBuilt({ root: join(import.meta.dirname, '../../..') });
  // Another run that builds newer sources must not take the files away from under these processes.
  await occupy(tree);
  return join(tree, 'src/main.js');
}
