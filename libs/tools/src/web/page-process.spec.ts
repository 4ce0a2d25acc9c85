import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startPageProcess } from './page-process.js';

/** A page whose parsing takes minutes. */
const ENDLESS = { html: '<div>'.repeat(300_000), url: 'http://example.com/' };

const hasShell = existsSync('/bin/sh');

function tiesToParent(): boolean {
  try {
    execFileSync('/bin/sh', ['-c', 'PATH=/usr/bin:/bin setpriv --pdeathsig KILL true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Whether a process is there and not merely unburied. */
function isAlive(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

/** A program that has a page read and crashes in the middle of it; the process of the page. */
async function orphan(): Promise<number> {
  const program = `
    import { startPageProcess } from ${JSON.stringify(new URL('./page-process.ts', import.meta.url).href)};
    const child = startPageProcess(20);
    child.send({ html: '<div>'.repeat(300_000), url: 'http://example.com/' });
    setTimeout(() => console.log(child.pid), 500);
  `;
  const parent = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void parent.kill('SIGKILL'));
  const pid = await new Promise<number>((resolve) => {
    parent.stdout.once('data', (text: Buffer) => resolve(Number(text)));
  });
  onTestFinished(() => {
    if (isAlive(pid)) process.kill(pid, 'SIGKILL');
  });
  expect(isAlive(pid)).toBe(true);
  parent.kill('SIGKILL');
  return pid;
}

describe('the process that reads a page', () => {
  it.skipIf(!tiesToParent())('ends with its parent (needs setpriv of util-linux) [TOL-2]', async () => {
    const pid = await orphan();
    // Far from the 20 seconds of computing that it has.
    await expect.poll(() => isAlive(pid), { timeout: 4000, interval: 50 }).toBe(false);
  });

  it.skipIf(!hasShell)('is ended by the system when it has computed too long (needs /bin/sh) [TOL-2]', async () => {
    const child = startPageProcess(1);
    onTestFinished(() => void child.kill('SIGKILL'));
    child.send(ENDLESS);
    const signal = await new Promise((resolve) => {
      child.once('exit', (_, by) => resolve(by));
    });
    expect(['SIGKILL', 'SIGXCPU']).toContain(signal);
  });
});
