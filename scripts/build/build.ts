import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { fingerprint } from './fingerprint.ts';
import { point, sweep, treePath } from './tree.ts';

const NEST = 'node_modules/@nestjs/cli/bin/nest.js';
const TOOLS = [NEST, 'node_modules/@swc/cli/package.json', 'node_modules/@swc/core/package.json'];

/** A build that cannot be made, in words for the person at the terminal. */
export class BuildError extends Error {
  override readonly name = 'BuildError';
}

export interface BuildOptions {
  readonly root: string;
  /** Told once, before a build that takes a moment. */
  readonly onBuild?: () => void;
}

/**
 * Gives the folder of the build that belongs to the sources as they are now; makes it only if there is none.
 * Any number of processes may ask at once: each builds in a folder of its own, and the first to finish names it.
 */
export async function ensureBuilt({ root: folder, onBuild }: BuildOptions): Promise<string> {
  const root = await realpath(folder);
  // An image holds the build without the sources: what is there is what runs.
  if (!existsSync(join(root, 'src'))) return realpath(join(root, 'dist'));
  const tree = treePath(root, await fingerprint(root));
  if (!existsSync(tree)) {
    requireTools(root);
    onBuild?.();
    await build(root, tree);
  }
  if ((await realpath(join(root, 'dist')).catch(() => '')) !== tree) {
    await point(root, tree);
    await sweep(root, tree);
  }
  return tree;
}

/** Whether the packages are installed that a build needs; `npm ci --omit=dev` leaves them out. */
export function hasBuildTools(root: string): boolean {
  return TOOLS.every((path) => existsSync(join(root, path)));
}

function requireTools(root: string): void {
  if (!existsSync(join(root, 'node_modules'))) {
    throw new BuildError('The packages are not installed. Run "npm ci" first.');
  }
  if (!hasBuildTools(root)) {
    throw new BuildError(
      'There is no build of these sources, and the tools that make one are not installed (they are development ' +
        'dependencies). Run "npm ci" without --omit=dev, or copy a finished build to dist.',
    );
  }
}

async function build(root: string, tree: string): Promise<void> {
  const folder = join(root, `dist.tmp-${process.pid}-build`);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder);
  try {
    await compile(root, folder);
    await rename(folder, tree).catch((error: unknown) => {
      if (!existsSync(tree)) throw error;
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Writes what makes a folder a self-contained tree: where the compiler writes to, what the program is called, and what
 * `#libs/*` means in there.
 */
export async function prepareFolder(root: string, folder: string): Promise<string> {
  const { name, version, description } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as Manifest;
  const imports = { '#libs/*': './libs/*/src/index.js' };
  const manifest = { name, version, description, private: true, type: 'module', imports };
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
  const project = join(folder, 'tsconfig.json');
  await writeFile(project, JSON.stringify({ extends: '../tsconfig.json', compilerOptions: { outDir: '.' } }));
  return project;
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly description: string;
}

async function compile(root: string, folder: string): Promise<void> {
  const project = await prepareFolder(root, folder);
  try {
    await promisify(execFile)(process.execPath, [NEST, 'build', '--path', relative(root, project)], {
      cwd: root,
      // The Nest CLI reads its own loudness from npm's.
      env: { ...process.env, npm_config_loglevel: 'silent' },
    });
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new BuildError(`The sources do not compile.\n${stdout}${stderr}`.trim());
  }
  await rm(project);
}
