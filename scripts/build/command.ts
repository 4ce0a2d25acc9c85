import { join } from 'node:path';
import { BuildError, ensureBuilt, hasBuildTools } from './build.ts';

const ROOT = join(import.meta.dirname, '../..');

/** Builds, and gives the exit code. `--prepare`: called by npm after an install, which an absent compiler must not fail. */
export async function buildCommand(options: readonly string[]): Promise<number> {
  if (options.includes('--prepare') && !hasBuildTools(ROOT)) {
    console.error('Not built: the build tools are development dependencies, and this install left them out.');
    return 0;
  }
  try {
    await ensureBuilt({ root: ROOT });
    return 0;
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
    console.error(error.message);
    return 1;
  }
}
