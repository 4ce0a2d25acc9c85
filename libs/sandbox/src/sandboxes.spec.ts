import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CommandBench, NO_JAIL } from './conformance/command-bench.js';
import { MockSandbox } from './conformance/mock-sandbox.js';
import { createSandboxes } from './create-sandboxes.js';
import type { SandboxWork } from './sandbox.port.js';
import { Sandboxes } from './sandboxes.js';
import { removeFolder } from './scratch-folders.js';

const COMMAND: SandboxWork = { kind: 'command', argv: ['id'], folder: '/nowhere' };
const CODE: SandboxWork = { kind: 'python', code: '1', input: null, files: {} };
const never = new AbortController().signal;

function unwell(kinds: ConstructorParameters<typeof MockSandbox>[1], name: string): MockSandbox {
  const mock = new MockSandbox(() => ({}), kinds, name);
  mock.state = { ok: false, detail: `${name} is missing.`, remedy: `Install ${name}.` };
  return mock;
}

describe('the sandboxes', () => {
  it('give work to the first that is well and made for it [SBX-1]', async () => {
    const [forCode, sick, well] = [
      new MockSandbox(() => ({}), ['python']),
      unwell(['command'], 'jail'),
      new MockSandbox(),
    ];
    const sandboxes = new Sandboxes([forCode, sick, well]);
    await sandboxes.run({ work: COMMAND, signal: never });
    await sandboxes.run({ work: CODE, signal: never });
    expect([forCode, sick, well].map(({ requests }) => requests.length)).toEqual([1, 0, 1]);
    sick.state = { ok: true, detail: '', remedy: null };
    await sandboxes.run({ work: COMMAND, signal: never });
    expect(sick.requests).toHaveLength(1);
  });

  it('say what to do where none can [SBX-1]', async () => {
    const run = new Sandboxes([unwell(['command'], 'one'), unwell(['command'], 'two')]).run({
      work: COMMAND,
      signal: never,
    });
    await expect(run).rejects.toMatchObject({ code: 'sandbox_unavailable' });
    await expect(run).rejects.toThrow(/one is missing\. Install one\..*two is missing\. Install two\./);
    await expect(new Sandboxes([]).run({ work: CODE, signal: never })).rejects.toMatchObject({
      code: 'sandbox_unavailable',
    });
  });

  it('tell the health of each for each kind [SBX-1]', async () => {
    const sandboxes = new Sandboxes([
      new MockSandbox(() => ({}), ['javascript', 'python']),
      unwell(['command'], 'jail'),
    ]);
    expect(await sandboxes.health()).toEqual([
      { name: 'mock', kind: 'javascript', ok: true, detail: 'A mock.', remedy: null },
      { name: 'mock', kind: 'python', ok: true, detail: 'A mock.', remedy: null },
      { name: 'jail', kind: 'command', ok: false, detail: 'jail is missing.', remedy: 'Install jail.' },
    ]);
  });

  it('close all [SBX-1]', async () => {
    const mocks = [new MockSandbox(), new MockSandbox()];
    await new Sandboxes(mocks).close();
    expect(mocks.map(({ closed }) => closed)).toEqual([true, true]);
  });
});

describe('folders for runs', () => {
  let root: string;

  beforeEach(async () => {
    root = await mkdtemp(join(await realpath(tmpdir()), 'av-sandboxes-'));
  });

  afterEach(async () => rm(root, { recursive: true, force: true }));

  it('are closed to others, and gone after use, also when that fails [SBX-2]', async () => {
    const sandboxes = createSandboxes({ scratchDir: root, unjailed: false });
    const folder = await sandboxes.withFolder(async (path) => {
      expect(path.startsWith(root)).toBe(true);
      expect((await stat(path)).mode & 0o777).toBe(0o700);
      await writeFile(join(path, 'x'), 'x');
      return path;
    });
    expect(existsSync(folder)).toBe(false);
    const failing = sandboxes.withFolder(async () => Promise.reject(new Error('no')));
    await expect(failing).rejects.toThrow('no');
    expect(await readdir(dirname(folder))).toEqual([]);
  });

  it('of a program that was cut off are removed at the next start [SBX-2]', async () => {
    const sandboxes = createSandboxes({ scratchDir: root, unjailed: false });
    await sandboxes.removeLeftovers();
    const [own = ''] = await sandboxes.withFolder(async () => readdir(root));
    const gone = own.replace(/\.\d+\./, '.1.');
    await mkdir(join(root, gone, 'runs/left/over'), { recursive: true });
    await sandboxes.removeLeftovers();
    expect(await readdir(root)).toEqual([own]);
  });

  it.skipIf(NO_JAIL !== '')(`are removed whatever a command left in them${NO_JAIL} [SBX-2]`, async () => {
    const bench = await CommandBench.open();
    // It may be stopped for paths that nobody can look into: what it left until then has to go all the same.
    await bench
      .sh(
        'i=0; while [ $i -lt 300 ]; do mkdir -p long-name-long-name; cd -P long-name-long-name; i=$((i+1)); done; mkdir "$(printf "\\377")"; : > "$(printf "\\377")/\\376"; mkdir closed; : > closed/x; chmod 000 closed; mkfifo pipe; ln -s / all',
      )
      .catch(() => undefined);
    await removeFolder(bench.folder);
    expect(existsSync(bench.folder)).toBe(false);
    expect(existsSync('/usr')).toBe(true);
    await bench.close();
  });
});
