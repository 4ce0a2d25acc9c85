import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** An empty folder that is removed when the running test ends. */
export async function scratchFolder(): Promise<string> {
  const path = await mkdtemp(join(await realpath(tmpdir()), 'av-tools-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}
