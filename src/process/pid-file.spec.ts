import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PidFile } from './pid-file.js';
import { StartError } from './start-error.js';

let folder: string;
let path: string;
const children: ChildProcess[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'village-pid-'));
  path = join(folder, 'server.pid');
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await rm(folder, { recursive: true });
});

/** A process that runs; its pid is what an earlier program left. */
async function someProcess(): Promise<number> {
  const child = spawn('sleep', ['60'], { stdio: 'ignore' });
  children.push(child);
  await once(child, 'spawn');
  return child.pid!;
}

async function endedProcess(): Promise<number> {
  const child = spawn('true', { stdio: 'ignore' });
  await once(child, 'exit');
  return child.pid!;
}

describe('the pid file', () => {
  it('names the program, for its owner only, and goes with it', async () => {
    const file = await PidFile.acquire(join(folder, 'new'));
    expect(await readFile(file.path, 'utf8')).toBe(`${process.pid}\n`);
    expect((await stat(file.path)).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, 'new'))).mode & 0o777).toBe(0o700);
    file.release();
    expect(await readdir(join(folder, 'new'))).toEqual([]);
    file.release();
  });

  it('of a program that still runs keeps the next one waiting, which then says so', async () => {
    const pid = await someProcess();
    await writeFile(path, `${pid}\n`);
    const waited: number[] = [];
    const start = PidFile.acquire(folder, { patienceMs: 300, onWait: (holder) => waited.push(holder) });
    await expect(start).rejects.toThrow(StartError);
    await expect(start).rejects.toThrow(`process ${pid} already runs`);
    expect(waited).toEqual([pid]);
    expect(await readFile(path, 'utf8')).toBe(`${pid}\n`);
  });

  it('is taken over as soon as the earlier program has ended', async () => {
    const pid = await someProcess();
    await writeFile(path, `${pid}\n`);
    const start = PidFile.acquire(folder, { onWait: () => children[0]?.kill('SIGKILL') });
    expect((await start).path).toBe(path);
    expect(await readFile(path, 'utf8')).toBe(`${process.pid}\n`);
  });

  it('that a crash left behind is taken over', async () => {
    for (const left of [`${await endedProcess()}\n`, '', 'garbage', '0\n', `${process.pid}\n`]) {
      await writeFile(path, left);
      await PidFile.acquire(folder, { patienceMs: 0 });
      expect(await readFile(path, 'utf8')).toBe(`${process.pid}\n`);
    }
  });

  it('whose pid an unrelated process has got since then is taken over', async () => {
    await writeFile(path, `${await someProcess()}\n`);
    const longAgo = new Date(Date.now() - 3_600_000);
    await utimes(path, longAgo, longAgo);
    await PidFile.acquire(folder, { patienceMs: 0 });
    expect(await readFile(path, 'utf8')).toBe(`${process.pid}\n`);
  });

  it('is not removed by a program that does not hold it', async () => {
    const file = await PidFile.acquire(folder);
    await writeFile(path, '1\n');
    file.release();
    expect(existsSync(path)).toBe(true);
  });

  it('is left to whoever was first where several may share the folder', async () => {
    await writeFile(path, `${await endedProcess()}\n`);
    const first = await PidFile.acquireIfFree(folder);
    expect(await readFile(path, 'utf8')).toBe(`${process.pid}\n`);
    first?.release();
    const pid = await someProcess();
    await writeFile(path, `${pid}\n`);
    expect(await PidFile.acquireIfFree(folder)).toBeUndefined();
    expect(await readFile(path, 'utf8')).toBe(`${pid}\n`);
  });

  it('can be given up waiting for', async () => {
    await writeFile(path, `${await someProcess()}\n`);
    const giveUp = new AbortController();
    const start = PidFile.acquire(folder, { signal: giveUp.signal, onWait: () => giveUp.abort() });
    await expect(start).rejects.toThrow(/abort/i);
  });
});
