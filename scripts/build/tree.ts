import { mkdir, readdir, rename, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A build lives in `dist.<fingerprint>`; `dist` is a symbolic link to the current one. A tree is complete from the
 * moment it has its name and is never written to again, so a program that runs from one keeps all of its files, also
 * those that it imports late, while a newer tree takes over the link.
 */

const TREE = /^dist\.[0-9a-f]{16}$/;
const UNFINISHED = /^dist\.tmp-(\d+)-/;
const RUNNING = '.running';

/** A tree that nobody runs is kept this long, in case a start is just about to use it. */
const KEEP_MILLISECONDS = 10 * 60_000;

export function treePath(root: string, fingerprint: string): string {
  return join(root, `dist.${fingerprint}`);
}

/** Makes `dist` point to a tree, in one atomic step. */
export async function point(root: string, tree: string): Promise<void> {
  const link = join(root, 'dist');
  const fresh = join(root, `dist.tmp-${process.pid}-link`);
  await rm(fresh, { force: true });
  await symlink(tree.slice(root.length + 1), fresh);
  try {
    await rename(fresh, link);
  } catch (error) {
    // A real folder stands there (another tool wrote it): the only case in which it must be moved away first.
    if (!existsSync(link)) throw error;
    const aside = join(root, `dist.tmp-${process.pid}-aside`);
    await rename(link, aside);
    await rename(fresh, link);
    await rm(aside, { recursive: true, force: true });
  }
}

/** Notes that this process runs from a tree, so that no later build removes it. */
export async function occupy(tree: string): Promise<void> {
  const folder = join(tree, RUNNING);
  const note = join(folder, String(process.pid));
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(note, '');
    const now = new Date();
    await utimes(tree, now, now);
  } catch {
    // A read-only installation is never rebuilt, so it needs no note.
  }
}

/** Removes trees that are neither current nor in use, and what builds that were killed have left. */
export async function sweep(root: string, current: string): Promise<void> {
  for (const name of await readdir(root)) {
    const path = join(root, name);
    const unfinished = UNFINISHED.exec(name);
    const useless = unfinished ? !isAlive(Number(unfinished[1])) : TREE.test(name) && (await isIdle(path));
    if (useless && path !== current) await rm(path, { recursive: true, force: true });
  }
}

async function isIdle(tree: string): Promise<boolean> {
  const notes = await readdir(join(tree, RUNNING)).catch(() => []);
  if (notes.some((note) => isAlive(Number(note)))) return false;
  const { mtimeMs } = await stat(tree);
  return Date.now() - mtimeMs > KEEP_MILLISECONDS;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // EPERM: it lives, under another user.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
