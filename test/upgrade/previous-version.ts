import { execFile } from 'node:child_process';
import { readFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '../..');

/** A version that landed before this one, as its users have it. */
export interface PreviousVersion {
  /** Its folder, with its packages installed. */
  readonly root: string;
  remove(): Promise<void>;
}

/** The commits that `previous` names, the oldest first. */
export async function previousCommits(): Promise<string[]> {
  return (await readFile(join(import.meta.dirname, 'previous'), 'utf8')).trim().split('\n');
}

/**
 * Takes the version of a commit out of git, into a folder of its own, and installs its packages there from its lock
 * file. Gives the reason where the clone does not have it.
 */
export async function installPrevious(commit: string): Promise<PreviousVersion | { readonly missing: string }> {
  const isThere = await git('cat-file', '-e', `${commit}^{commit}`).then(
    () => true,
    () => false,
  );
  if (!isThere)
    return { missing: `this clone does not have ${commit.slice(0, 12)}, a version before; a full one does` };
  const root = await mkdtemp(join(tmpdir(), 'village-previous-'));
  const remove = () => rm(root, { recursive: true, force: true });
  try {
    const archive = join(root, 'previous.tar');
    await git('archive', '--format=tar', `--output=${archive}`, commit);
    await run('tar', ['--extract', '--file', archive, '--directory', root]);
    await rm(archive);
    await run('npm', ['ci'], { cwd: root, env: environment(), maxBuffer: 16 * 1024 * 1024 });
  } catch (error) {
    await remove();
    throw error;
  }
  return { root, remove };
}

function git(...command: readonly string[]) {
  return run('git', command, { cwd: ROOT });
}

/** Without what npm tells the scripts of this package: it is not about that one. */
function environment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^npm_(package|lifecycle|config_local_prefix)/.test(name)),
  );
}
