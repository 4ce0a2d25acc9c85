import { execFileSync } from 'node:child_process';
import { link, mkdir, readFile, rename, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { scratchFolder } from '../conformance/scratch.js';
import { ToolFailure } from '../tool-failure.js';
import { ANCHORING, type Anchoring } from './directory.js';
import { Workspace } from './workspace.js';

interface Place {
  readonly workspace: Workspace;
  readonly root: string;
  readonly outside: string;
}

async function place(anchoring: Anchoring = ANCHORING): Promise<Place> {
  const scratch = await scratchFolder();
  const [root, outside] = [join(scratch, 'workspace'), join(scratch, 'outside')];
  await mkdir(root);
  await mkdir(outside);
  await writeFile(join(outside, 'secret.txt'), 'secret');
  return { workspace: new Workspace(root, { anchoring }), root, outside };
}

async function text(workspace: Workspace, path: string): Promise<string> {
  return workspace.read(path, async (file) => {
    let content = '';
    for await (const chunk of file.chunks) content += Buffer.from(chunk).toString();
    return content;
  });
}

/** Uses a path for everything that there is, and names the uses that were not refused as a violation. */
async function usesLetThrough({ workspace }: Place, path: string): Promise<string[]> {
  const content = [Buffer.from('overwritten')];
  await workspace.write('mine.txt', [Buffer.from('mine')]);
  const uses: Record<string, () => Promise<unknown>> = {
    read: () => text(workspace, path),
    write: () => workspace.write(path, content),
    'write below': () => workspace.write(`${path}/new/file`, content),
    'create below': () => workspace.createDirectory(`${path}/new`),
    list: () => workspace.list(path, 10),
    walk: () => workspace.walk(path, async () => true),
    info: () => workspace.info(path),
    'copy from': () => workspace.copy(path, 'copy'),
    'copy to': () => workspace.copy('mine.txt', path),
    'move from': () => workspace.move(path, 'moved'),
    'move to': () => workspace.move('mine.txt', path),
  };
  const letThrough: string[] = [];
  for (const [name, use] of Object.entries(uses)) {
    const error: unknown = await use().catch((caught: unknown) => caught);
    if (!(error instanceof ToolFailure) || error.toError().violation !== true) letThrough.push(name);
  }
  return letThrough;
}

async function expectUntouched({ outside }: Place): Promise<void> {
  expect(await readFile(join(outside, 'secret.txt'), 'utf8')).toBe('secret');
  await expect(stat(join(outside, 'new'))).rejects.toMatchObject({ code: 'ENOENT' });
}

describe.each([...new Set<Anchoring>([ANCHORING, 'path'])])('a workspace anchored by %s', (anchoring) => {
  it.each(['../outside/secret.txt', 'a/../../outside/secret.txt', '/etc/passwd', '..\\outside', 'a\0', ''])(
    'refuses the path %j for every use [TOL-1] [SAF-4]',
    async (path) => {
      const here = await place(anchoring);
      expect(await usesLetThrough(here, path)).toEqual([]);
      await expect(here.workspace.remove(path)).rejects.toMatchObject({ code: 'path_outside_workspace' });
    },
  );

  it.each([
    ['a file, absolute', (to: string) => `${to}/secret.txt`],
    ['a folder, absolute', (to: string) => to],
    ['a file, relative', () => '../outside/secret.txt'],
    ['a folder, relative', () => '../outside'],
    ['by way of the workspace', () => 'sub/../../outside/secret.txt'],
    ['what does not exist', () => '../outside/new'],
    ['this process', () => '/proc/self/root/etc'],
    ['its own folder, absolute', (to: string) => to.replace('outside', 'workspace')],
  ])('refuses a symbolic link that leads out to %s [TOL-1] [SAF-4]', async (_, target) => {
    const here = await place(anchoring);
    await mkdir(join(here.root, 'sub'));
    await symlink(target(here.outside), join(here.root, 'link'));
    expect(await usesLetThrough(here, 'link')).toEqual([]);
    await expectUntouched(here);
  });

  it('refuses what lies behind a linked folder, and a link to a link [TOL-1] [SAF-4]', async () => {
    const here = await place(anchoring);
    await symlink(here.outside, join(here.root, 'out'));
    await symlink('out', join(here.root, 'again'));
    expect(await usesLetThrough(here, 'out/secret.txt')).toEqual([]);
    expect(await usesLetThrough(here, 'again')).toEqual([]);
    expect(await usesLetThrough(here, 'again/secret.txt')).toEqual([]);
    await expectUntouched(here);
  });

  it('deletes a link that leads out without touching what it points to [TOL-1]', async () => {
    const here = await place(anchoring);
    await symlink(join(here.outside, 'secret.txt'), join(here.root, 'link'));
    await here.workspace.remove('link');
    await expectUntouched(here);
    await expect(here.workspace.info('link')).rejects.toMatchObject({ code: 'file_not_found' });
  });

  it('follows a symbolic link that stays inside [TOL-1]', async () => {
    const { workspace, root } = await place(anchoring);
    await workspace.write('data/july.csv', [Buffer.from('7')]);
    await symlink('july.csv', join(root, 'data/latest.csv'));
    await symlink('data/../data', join(root, 'alias'));
    expect(await text(workspace, 'alias/latest.csv')).toBe('7');
    await workspace.write('alias/latest.csv', [Buffer.from('8')]);
    expect(await readFile(join(root, 'data/july.csv'), 'utf8')).toBe('8');
    expect(workspace.changes().map((change) => change.path)).toEqual(['data/july.csv']);
  });

  it('ends at a loop of links [TOL-1]', async () => {
    const { workspace, root } = await place(anchoring);
    await symlink('b', join(root, 'a'));
    await symlink('a', join(root, 'b'));
    await expect(text(workspace, 'a')).rejects.toMatchObject({ code: 'too_many_links' });
    await expect(text(workspace, 'a/x')).rejects.toMatchObject({ code: 'too_many_links' });
  });

  it('neither reads nor writes a hard link [TOL-1] [SAF-4]', async () => {
    const { workspace, root, outside } = await place(anchoring);
    await link(join(outside, 'secret.txt'), join(root, 'hard'));
    await workspace.write('mine.txt', [Buffer.from('mine')]);
    for (const attempt of [
      () => text(workspace, 'hard'),
      () => workspace.write('hard', [Buffer.from('x')]),
      () => workspace.info('hard'),
      () => workspace.copy('hard', 'copy'),
      () => workspace.copy('mine.txt', 'hard'),
      () => workspace.move('hard', 'moved'),
      () => workspace.move('mine.txt', 'hard'),
    ]) {
      await expect(attempt()).rejects.toMatchObject({ code: 'path_outside_workspace' });
    }
    const found: string[] = [];
    await workspace.walk('.', async ({ names }) => found.push(names.join('/')) > 0);
    expect(found).toEqual(['mine.txt']);
    expect(await readFile(join(outside, 'secret.txt'), 'utf8')).toBe('secret');
  });

  it('refuses pipes and sockets without waiting for them [TOL-1] [SAF-4]', async () => {
    const { workspace, root } = await place(anchoring);
    execFileSync('mkfifo', [join(root, 'pipe')]);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(join(root, 'socket'), resolve));
    onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
    for (const name of ['pipe', 'socket']) {
      await expect(text(workspace, name)).rejects.toMatchObject({ code: 'not_a_file' });
      await expect(workspace.write(name, [Buffer.from('x')])).rejects.toMatchObject({ code: 'not_a_file' });
      await expect(workspace.info(name)).rejects.toMatchObject({ code: 'not_a_file' });
      await expect(workspace.write(`${name}/x`, [])).rejects.toMatchObject({ code: 'not_a_directory' });
    }
    expect((await workspace.list('.', 10)).entries.map((entry) => entry.kind)).toEqual(['other', 'other']);
  });
});

it.runIf(ANCHORING === 'descriptor')(
  'stays inside while another task swaps folders for links [TOL-1] [SAF-4]',
  async () => {
    const { workspace, root, outside } = await place();
    await mkdir(join(root, 'real/deep'), { recursive: true });
    await mkdir(join(outside, 'deep'));
    await writeFile(join(outside, 'deep/file'), 'secret');
    await workspace.write('real/deep/file', [Buffer.from('mine')]);
    await rename(join(root, 'real'), join(root, 'shown'));
    await symlink(outside, join(root, 'trap'));

    // A write makes the folders that it misses, so one may lie where the next is to go: that one is put aside.
    let aside = 0;
    const put = async (from: string, to: string): Promise<void> => {
      for (let attempt = 0; attempt < 100; attempt++) {
        try {
          return await rename(join(root, from), join(root, to));
        } catch {
          await rename(join(root, to), join(root, `aside-${aside++}`)).catch(() => undefined);
        }
      }
      throw new Error(`could not put ${from} to ${to}`);
    };
    const done = new AbortController();
    const swap = async (): Promise<void> => {
      for (let round = 0; !done.signal.aborted; round++) {
        await put('shown', 'hidden');
        await put('trap', 'shown');
        // Sometimes as fast as can be, sometimes long enough for a whole call.
        if (round % 2 === 0) await wait(2);
        await put('shown', 'trap');
        await put('hidden', 'shown');
        if (round % 3 === 0) await wait(2);
      }
    };
    const swapper = swap();
    const seen = new Set<string>();
    const outcomes = ['mine', 'path_outside_workspace'];
    // Goes on until both sides of the swap were met, so that the test shows something on any machine.
    for (let round = 0; round < 300 || (round < 2000 && !outcomes.every((outcome) => seen.has(outcome))); round++) {
      seen.add(await text(workspace, 'shown/deep/file').catch((error: { code: string }) => error.code));
      await workspace.write('shown/deep/other', [Buffer.from('x')]).catch(() => undefined);
      await workspace.createDirectory(`shown/new-${round}`).catch(() => undefined);
    }
    done.abort();
    await swapper;
    expect([...seen]).toEqual(expect.arrayContaining(outcomes));
    expect(seen).not.toContain('secret');
    expect(await readFile(join(outside, 'deep/file'), 'utf8')).toBe('secret');
    const strays = execFileSync('find', [outside, '-name', 'other', '-o', '-name', 'new-*', '-o', '-name', '.~*']);
    expect(strays.toString()).toBe('');
  },
);
