import { appendFile, chmod, mkdir, readFile, readdir, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { Sandboxes } from '#libs/sandbox';
import { MockSandbox } from '../../../sandbox/src/conformance/mock-sandbox.js';
import { scratchFolder } from '../conformance/scratch.js';
import { ToolRegistry } from '../registry.js';
import { type ToolOutcome, ToolRunner } from '../runner.js';
import { commandTools } from './run-command.js';

const MIB = 1024 * 1024;

let root: string;
let scratch: string;

beforeEach(async () => {
  const folder = await scratchFolder();
  [root, scratch] = [join(folder, 'workspace'), join(folder, 'scratch')];
  await mkdir(root);
});

/** A command that does what the test says to its copy of the files. */
async function command(script: (path: (name: string) => string) => Promise<unknown>): Promise<ToolOutcome> {
  const mock = new MockSandbox(async ({ work }) => {
    await script((name) => join(work.kind === 'command' ? work.folder : '', name));
    return { exitCode: 3, stdout: 'what it said' };
  });
  return new ToolRunner(new ToolRegistry(commandTools(new Sandboxes([mock], scratch)))).run({
    tool: 'run_command',
    arguments: { command: ['x'] },
    workspaceRoot: root,
    signal: new AbortController().signal,
    goalId: 'goal',
    taskId: 'task',
    attempt: 1,
  });
}

const inRoot = (name: string): string => join(root, name);
const put = (name: string, content = name): Promise<void> => writeFile(inRoot(name), content);
const content = (name: string): Promise<string> => readFile(inRoot(name), 'utf8');
const listing = async (): Promise<string[]> => (await readdir(root, { recursive: true })).toSorted();

describe('a command whose files others change meanwhile', () => {
  it('loses nothing of either, also when both end at the same moment [TOL-3]', async () => {
    await put('log', '');
    let running = 0;
    const both = Promise.withResolvers<void>();
    const append = (line: string) =>
      command(async (path) => {
        if (++running === 2) both.resolve();
        await both.promise;
        await appendFile(path('log'), line);
      });
    const outcomes = await Promise.all([append('one\n'), append('two\n')]);
    const [kept, lost] = outcomes.toSorted((a, b) => Number(b.ok) - Number(a.ok));
    expect(kept).toMatchObject({ ok: true });
    expect(lost).toMatchObject({ ok: false, error: { code: 'changed_meanwhile', retryable: true } });
    expect(lost).toHaveProperty('error.detail', expect.stringMatching(/nothing of what it did.*`log`/));
    expect(lost).toHaveProperty('error.detail', expect.stringMatching(/exit code was 3.*what it said/));
    expect(await content('log')).toBe(outcomes[0].ok ? 'one\n' : 'two\n');
  });

  it.each<[string, string[], () => Promise<unknown>, (path: (name: string) => string) => Promise<unknown>]>([
    [
      'a folder that was made in the place of a new file',
      [],
      () => mkdir(inRoot('y')),
      (path) => writeFile(path('y'), ''),
    ],
    ['a file that was made, too', [], () => put('y', 'other'), (path) => writeFile(path('y'), 'mine')],
    ['a file that was made where a folder is', [], () => put('y'), (path) => mkdir(path('y'))],
    ['a file that was changed and is removed', ['y'], () => put('y', 'other'), (path) => rm(path('y'))],
    ['a file that was removed and is changed', ['y'], () => rm(inRoot('y')), (path) => writeFile(path('y'), 'mine')],
    ['a file whose content is changed and its mode', ['y'], () => put('y', 'Y'), (path) => chmod(path('y'), 0o755)],
  ])('changes none of them because of %s [TOL-3]', async (_, given, others, script) => {
    for (const name of given) await put(name);
    let before: string[] = [];
    const outcome = await command(async (path) => {
      await others();
      before = await listing();
      await Promise.all([writeFile(path('x'), ''), writeFile(path('z'), '')]);
      await script(path);
    });
    expect(outcome).toMatchObject({ ok: false, error: { code: 'changed_meanwhile', retryable: true } });
    expect(outcome).toHaveProperty('error.detail', expect.stringContaining('`y`'));
    expect(await listing()).toEqual(before);
  });

  it('does not replace a folder in which others have put something [TOL-3]', async () => {
    await mkdir(inRoot('folder/inner'), { recursive: true });
    await put('folder/inner/given');
    const outcome = await command(async (path) => {
      await rm(path('folder'), { recursive: true });
      await writeFile(path('folder'), '');
      await put('folder/inner/new');
    });
    expect(outcome).toMatchObject({ ok: false, error: { code: 'changed_meanwhile' } });
    expect(outcome).toHaveProperty('error.detail', expect.stringContaining('`folder/inner/new`'));
    expect(await listing()).toEqual(['folder', 'folder/inner', 'folder/inner/given', 'folder/inner/new']);
  });

  it('goes on where others only removed what it removed, or made the folder that it made [TOL-3]', async () => {
    await put('gone');
    const outcome = await command(async (path) => {
      await Promise.all([rm(inRoot('gone')), mkdir(inRoot('made'))]);
      await Promise.all([rm(path('gone')), mkdir(path('made'))]);
      await writeFile(path('made/file'), '');
    });
    expect(outcome).toMatchObject({ ok: true });
    expect(await listing()).toEqual(['made', 'made/file']);
  });

  it('is not tried again where something lies that no command sees [TOL-1] [TOL-3]', async () => {
    await symlink('elsewhere', inRoot('y'));
    const outcome = await command((path) => writeFile(path('y'), ''));
    expect(outcome).toMatchObject({ ok: false, error: { code: 'changed_meanwhile', retryable: false } });
    expect(await listing()).toEqual(['y']);
  });
});

describe('a command that leaves much', () => {
  it('is refused by what its files say to have, holes included [SBX-2]', async () => {
    const outcome = await command(async (path) => {
      for (let n = 0; n < 3; n++) {
        await writeFile(path(`sparse-${n}`), '');
        await truncate(path(`sparse-${n}`), 99 * MIB);
      }
    });
    expect(outcome).toMatchObject({ ok: false, error: { code: 'workspace_too_large', retryable: false } });
    expect(outcome).toHaveProperty('error.detail', expect.stringContaining('holes included'));
    expect(await listing()).toEqual([]);
  });

  it('changes nothing where the workspace has no room for it [SBX-2]', async () => {
    for (let n = 0; n < 2; n++) {
      await put(`given-${n}`, '');
      await truncate(inRoot(`given-${n}`), 90 * MIB);
    }
    const before = ['given-0', 'given-1'];
    const outcome = await command(async (path) => {
      for (let n = 0; n < 5; n++) {
        await put(`other-${n}`, '');
        await truncate(inRoot(`other-${n}`), 180 * MIB);
        before.push(`other-${n}`);
      }
      await writeFile(path('a'), '');
    });
    expect(outcome).toMatchObject({ ok: false, error: { code: 'workspace_full', retryable: false } });
    expect(await listing()).toEqual(before);
  });

  it('is refused for too many names, also for such that no workspace takes [SBX-2]', async () => {
    const outcome = await command(async (path) => {
      for (let n = 0; n <= 20_000; n += 100) {
        await Promise.all(Array.from({ length: 100 }, (_, i) => writeFile(path(`back\\slash-${n + i}`), '')));
      }
    });
    expect(outcome).toMatchObject({ ok: false, error: { code: 'workspace_too_large' } });
  });
});
