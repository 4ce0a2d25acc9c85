import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';

/** What goes into a build. nest-cli.json names the same folders and the same exceptions. */
const FOLDERS = ['libs', 'src', 'migrations'];
const FILES = ['package.json', 'package-lock.json', 'tsconfig.json', 'nest-cli.json', '.swcrc'];
const LEFT_OUT = /\.spec\.ts$|(^|\/)README\.md$|^libs\/testing\//;

/** Sixteen hexadecimal digits that change with any source, with the locked packages and with the Node version. */
export async function fingerprint(root: string): Promise<string> {
  const hash = createHash('sha256').update(process.version);
  const paths = [...FILES.filter((file) => existsSync(join(root, file))), ...(await sources(root))];
  const contents = await Promise.all(paths.map((path) => readFile(join(root, path))));
  for (const [index, path] of paths.entries()) {
    hash.update(`\0${path}\0${contents[index]?.length}\0`).update(contents[index] ?? '');
  }
  return hash.digest('hex').slice(0, 16);
}

async function sources(root: string): Promise<string[]> {
  const found: string[] = [];
  for (const folder of FOLDERS) {
    if (!existsSync(join(root, folder))) continue;
    for (const entry of await readdir(join(root, folder), { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) found.push(relative(root, join(entry.parentPath, entry.name)));
    }
  }
  return found.filter((path) => !LEFT_OUT.test(path)).toSorted();
}
