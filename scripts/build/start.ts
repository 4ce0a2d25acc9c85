import { existsSync } from 'node:fs';
import { enableCompileCache, setSourceMapsSupport } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { BuildError, ensureBuilt } from './build.ts';
import { occupy } from './tree.ts';

const ROOT = join(import.meta.dirname, '../..');

/** Brings the build up to date and loads the program from it. Resolves when the program's main module has run. */
export async function start(): Promise<void> {
  const main = await findMain();
  if (main === undefined) return;
  // Variables that are set already win over the file.
  if (existsSync('.env')) process.loadEnvFile('.env');
  setSourceMapsSupport(true);
  enableCompileCache(join(ROOT, 'node_modules/.cache/compile'));
  await import(pathToFileURL(main).href);
}

async function findMain(): Promise<string | undefined> {
  try {
    const tree = await ensureBuilt({ root: ROOT, onBuild: () => process.stderr.write('Building …\n') });
    await occupy(tree);
    return join(tree, 'src/main.js');
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
    return undefined;
  }
}
