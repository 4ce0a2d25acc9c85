import { readdir, stat, utimes, writeFile } from 'node:fs/promises';
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

it('sweeps what has been on its way for too long, and nothing else [ORC-13]', async () => {
  const root = join(await scratchFolder(), 'store');
  const store = new LocalFileStore(root);
  await store.sweep(Date.now());
  const tenant = `tenants/${newId()}`;
  const [old, young, kept] = ['incoming/old', 'incoming/young', 'artifacts/old'].map((name) => `${tenant}/${name}`);
  for (const key of [old!, young!, kept!]) await store.put(key, content('x'), { maxBytes: 10 });
  const half = join(root, 'incoming', 'half-written');
  await writeFile(half, 'x');
  const yesterday = new Date(Date.now() - 86_400_000);
  for (const path of [half, join(root, old!), join(root, kept!)]) await utimes(path, yesterday, yesterday);

  await store.sweep(Date.now() - 3_600_000);
  expect(await Promise.all([old!, young!, kept!].map((key) => store.exists(key)))).toEqual([false, true, true]);
  expect(await readdir(join(root, 'incoming'))).toEqual([]);
});
