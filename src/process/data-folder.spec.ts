import { mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { prepareDataFolder } from './data-folder.js';
import { SettingError } from './start-error.js';

let parent: string;

beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'village-folder-'));
});
afterAll(() => rm(parent, { recursive: true }));

describe('the data folder', () => {
  it('is made with its parents, for its owner only, and may be there already', async () => {
    const folder = join(parent, 'a/b/c');
    await prepareDataFolder(folder);
    await prepareDataFolder(folder);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
  });

  it.each(['file', 'file/below', 'dangling', 'endless'])(
    'is refused by its variable where it is no folder: %s',
    async (name) => {
      await writeFile(join(parent, 'file'), '');
      await symlink('nowhere', join(parent, 'dangling')).catch(() => undefined);
      await symlink('endless', join(parent, 'endless')).catch(() => undefined);
      const attempt = prepareDataFolder(join(parent, name));
      await expect(attempt).rejects.toThrow(SettingError);
      await expect(attempt).rejects.toThrow(/^DATA_DIR: .*\nName a folder/);
    },
  );

  it.runIf(process.platform === 'linux')('is refused at once where nothing can be made', async () => {
    await expect(prepareDataFolder('/proc/village/data')).rejects.toThrow(/^DATA_DIR: /);
  });
});
