import { once } from 'node:events';
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { processFolder, removeFoldersOfTheGone } from './process-folder.js';

async function rootWith(...names: readonly string[]): Promise<string> {
  const root = await mkdtemp(join(await realpath(tmpdir()), 'av-process-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  for (const name of names) await mkdir(join(root, name, 'runs/left/over'), { recursive: true });
  return root;
}

async function pidOfTheGone(): Promise<number> {
  const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
  await once(child, 'exit');
  return child.pid ?? 0;
}

describe('the folder of a process', () => {
  const own = basename(processFolder('/'));

  it('is removed once the process is gone, or its number is that of another [SBX-2]', async () => {
    const [, rest = ''] = /^\d+(\..*)$/.exec(own) ?? [];
    const reused = own.replace(/\.\d+\./, '.1.');
    const beforeReboot = own.replace(/\.[\da-f]+@/, '.abcdef@');
    const root = await rootWith(`${await pidOfTheGone()}${rest}`, reused, beforeReboot, own);
    await removeFoldersOfTheGone(root);
    expect(await readdir(root)).toEqual([own]);
  });

  it('stays where another machine has it, or nobody knows whose it is [SBX-2]', async () => {
    const names = [`${own}.elsewhere`, 'something', 'x.1.0@y'];
    const root = await rootWith(...names);
    await removeFoldersOfTheGone(root);
    expect((await readdir(root)).toSorted()).toEqual(names.toSorted());
  });

  it('need not be there [SBX-2]', async () => {
    await expect(removeFoldersOfTheGone('/nowhere/at/all')).resolves.toBeUndefined();
  });
});
