import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { newId } from '#libs/kernel';
import { expect, it } from 'vitest';
import { describeFileStore } from '../conformance/file-store.suite.js';
import { scratchFolder } from '../conformance/scratch.js';
import { LocalFileStore } from './local-file-store.js';

describeFileStore('the local folder', async () => new LocalFileStore(join(await scratchFolder(), 'store')));

async function* content(...parts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield Buffer.from(part);
}

it('closes folders and files to other accounts [TEN-5]', async () => {
  const root = join(await scratchFolder(), 'store');
  const tenant = newId();
  await new LocalFileStore(root).put(`tenants/${tenant}/files/a`, content('secret'), { maxBytes: 10 });
  const modes = await Promise.all(
    ['', 'tenants', `tenants/${tenant}`, `tenants/${tenant}/files`, `tenants/${tenant}/files/a`].map(
      async (path) => (await stat(join(root, path))).mode & 0o777,
    ),
  );
  expect(modes).toEqual([0o700, 0o700, 0o700, 0o700, 0o600]);
});

it('leaves nothing behind when it refuses a content [ORC-13]', async () => {
  const root = await scratchFolder();
  const put = new LocalFileStore(root).put(`tenants/${newId()}/a`, content('12', '34'), { maxBytes: 3 });
  await expect(put).rejects.toMatchObject({ code: 'file_too_large' });
  expect(await readdir(join(root, 'incoming'))).toEqual([]);
});
