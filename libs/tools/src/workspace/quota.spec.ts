import { mkdir, readdir, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { scratchFolder } from '../conformance/scratch.js';
import { Workspace } from './workspace.js';

const KIB = 1024;
const FULL = expect.objectContaining({ code: 'workspace_full' });

async function workspaceOf(maxBytes: number) {
  const root = join(await scratchFolder(), 'workspace');
  return { root, workspace: new Workspace(root, { maxBytes }) };
}

const bytes = (size: number): Uint8Array[] => [Buffer.alloc(size)];

describe('a workspace with a limit', () => {
  it('refuses what would be more, and leaves nothing of it [TOL-1]', async () => {
    const { root, workspace } = await workspaceOf(64 * KIB);
    await workspace.write('a', bytes(40 * KIB));
    await expect(workspace.write('b', bytes(40 * KIB))).rejects.toEqual(FULL);
    await expect(workspace.copy('a', 'b')).rejects.toEqual(FULL);
    expect(await readdir(root)).toEqual(['a']);
    await workspace.write('b', bytes(20 * KIB));
  });

  it('counts what other objects wrote, and what lay there before [TOL-1]', async () => {
    const { root, workspace } = await workspaceOf(64 * KIB);
    await mkdir(join(root, 'deep/er'), { recursive: true });
    await writeFile(join(root, 'deep/er/holes'), '');
    await truncate(join(root, 'deep/er/holes'), 30 * KIB);
    await workspace.write('a', bytes(12 * KIB));
    const other = new Workspace(root, { maxBytes: 64 * KIB });
    await expect(other.write('b', bytes(16 * KIB))).rejects.toEqual(FULL);
  });

  it('has room again for what was removed, replaced or refused [TOL-1]', async () => {
    const { workspace } = await workspaceOf(64 * KIB);
    for (let round = 0; round < 20; round++) {
      await workspace.write('a', bytes(28 * KIB));
      await workspace.write('b', bytes(28 * KIB));
      await expect(workspace.write('c', bytes(28 * KIB))).rejects.toEqual(FULL);
      await workspace.move('a', 'b');
      await workspace.write('a', bytes(28 * KIB));
      await workspace.remove('a');
      await workspace.remove('b');
    }
  });

  it('finds by looking what went away without its doing [TOL-1]', async () => {
    const { root, workspace } = await workspaceOf(64 * KIB);
    await workspace.write('a', bytes(50 * KIB));
    await truncate(join(root, 'a'), 0);
    await workspace.write('b', bytes(50 * KIB));
  });

  it('counts 4 KiB for each file and folder at least, so that their number is bounded [TOL-1]', async () => {
    const { root, workspace } = await workspaceOf(64 * KIB);
    for (let n = 0; n < 8; n++) await workspace.write(`file-${n}`, []);
    await expect(workspace.write('a/b/c/d/e/f/g/h/i', [])).rejects.toEqual(FULL);
    await expect(workspace.createDirectory('z')).rejects.toEqual(FULL);
    expect((await readdir(root, { recursive: true })).length).toBe(16);
  });

  it('stays within it when many write at once [TOL-1]', async () => {
    const { root, workspace } = await workspaceOf(64 * KIB);
    const writes = Array.from({ length: 20 }, (_, n) => workspace.write(`file-${n}`, bytes(10 * KIB)));
    const failed = (await Promise.allSettled(writes)).filter(({ status }) => status === 'rejected').length;
    expect(failed).toBeGreaterThanOrEqual(15);
    expect((await readdir(root)).length).toBe(20 - failed);
  });
});
