import { createHash } from 'node:crypto';
import { chmod, mkdir, readFile, readdir, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JsonObject, JsonValue } from '#libs/kernel';
import { describe, expect, it } from 'vitest';
import { scratchFolder } from '../conformance/scratch.js';
import { ToolRegistry } from '../registry.js';
import { type ToolOutcome, ToolRunner } from '../runner.js';
import { BUILTIN_TOOLS } from './builtin-tools.js';

const runner = new ToolRunner(new ToolRegistry(BUILTIN_TOOLS));

interface Bench {
  readonly root: string;
  run(tool: string, toolArguments: JsonObject): Promise<ToolOutcome>;
  /** The output of a call that has to succeed. */
  output(tool: string, toolArguments: JsonObject): Promise<JsonValue>;
  /** The error code of a call that has to fail. */
  code(tool: string, toolArguments: JsonObject): Promise<string>;
}

async function bench(files: Readonly<Record<string, string>> = {}): Promise<Bench> {
  const root = await scratchFolder();
  for (const [path, content] of Object.entries(files)) {
    await mkdir(join(root, path, '..'), { recursive: true });
    await writeFile(join(root, path), content);
  }
  const run = (tool: string, toolArguments: JsonObject): Promise<ToolOutcome> =>
    runner.run({
      tool,
      arguments: toolArguments,
      workspaceRoot: root,
      signal: new AbortController().signal,
      goalId: 'g',
      taskId: 't',
      attempt: 1,
    });
  return {
    root,
    run,
    output: async (tool, toolArguments) => {
      const outcome = await run(tool, toolArguments);
      if (!outcome.ok) throw new Error(JSON.stringify(outcome.error));
      return outcome.output;
    },
    code: async (tool, toolArguments) => {
      const outcome = await run(tool, toolArguments);
      return outcome.ok ? 'succeeded' : outcome.error.code;
    },
  };
}

const paths = (output: JsonValue): string[] =>
  (output as { matches: { path: string }[] }).matches.map(({ path }) => path);

const sha256 = (content: string): string => createHash('sha256').update(content).digest('hex');

describe('echo and sleep', () => {
  it('return what they were given [TOL-5]', async () => {
    const { output } = await bench();
    const any = { a: [1, { $ref: 'not resolved here' }], '': null, deep: { constructor: 'x' } };
    expect(await output('echo', any)).toEqual(any);
    expect(await output('echo', {})).toEqual({});
    expect(await output('sleep', { seconds: 0.01 })).toEqual({ seconds: 0.01 });
  });

  it('touch no folder [TOL-5]', async () => {
    const { root, output } = await bench();
    await output('echo', { a: 1 });
    expect(await readdir(root)).toEqual([]);
  });

  it.each([-1, 3601, 'long', null])('sleep refuses %j seconds [TOL-5]', async (seconds) => {
    expect(await (await bench()).code('sleep', { seconds })).toBe('invalid_arguments');
  });
});

describe('read_file and write_file', () => {
  it('read text and bytes as they are [TOL-1]', async () => {
    const { output } = await bench({ 'in/a.txt': '\ufeffgrüß dich\r\n' });
    expect(await output('read_file', { path: 'in/a.txt' })).toEqual({
      content: '\ufeffgrüß dich\r\n',
      encoding: 'utf8',
      size: 16,
    });
    expect(await output('read_file', { path: './in/a.txt', encoding: 'base64' })).toMatchObject({
      content: Buffer.from('\ufeffgrüß dich\r\n').toString('base64'),
    });
  });

  it('write what was given, make folders, and say what is there then [TOL-1] [ORC-13]', async () => {
    const { root, run } = await bench();
    expect(await run('write_file', { path: './a/b/c.bin', content: 'AAEC/w==', encoding: 'base64' })).toMatchObject({
      ok: true,
      output: {
        path: 'a/b/c.bin',
        size: 4,
        sha256: createHash('sha256')
          .update(Buffer.from([0, 1, 2, 255]))
          .digest('hex'),
      },
      artifacts: [{ path: 'a/b/c.bin', change: 'written' }],
    });
    expect(await readFile(join(root, 'a/b/c.bin'))).toEqual(Buffer.from([0, 1, 2, 255]));
  });

  it('replace a file, keep its mode and leave nothing else behind [TOL-1]', async () => {
    const { root, output } = await bench({ 'run.sh': 'old' });
    await chmod(join(root, 'run.sh'), 0o755);
    await output('write_file', { path: 'run.sh', content: 'new' });
    expect(await readFile(join(root, 'run.sh'), 'utf8')).toBe('new');
    expect((await stat(join(root, 'run.sh'))).mode & 0o777).toBe(0o755);
    await output('copy_file', { from: 'run.sh', to: 'copy/run.sh' });
    expect((await stat(join(root, 'copy/run.sh'))).mode & 0o777).toBe(0o755);
    expect(await readdir(join(root, 'copy'))).toEqual(['run.sh']);
  });

  it('refuse what cannot be read, with the remedy [TOL-1]', async () => {
    const { root, run, code } = await bench({ big: 'x'.repeat(1024 * 1024 + 1), 'nul.txt': 'a\0b', 'folder/a': '' });
    await writeFile(join(root, 'latin1.txt'), Buffer.from([0x67, 0x72, 0xfc]));
    expect(await code('read_file', { path: 'missing.txt' })).toBe('file_not_found');
    expect(await code('read_file', { path: 'missing/a.txt' })).toBe('file_not_found');
    expect(await code('read_file', { path: 'nul.txt/a' })).toBe('not_a_directory');
    expect(await code('read_file', { path: 'folder' })).toBe('is_a_directory');
    expect(await code('read_file', { path: '.' })).toBe('is_a_directory');
    expect(await code('read_file', { path: 'big' })).toBe('file_too_large');
    expect(await code('read_file', { path: 'latin1.txt' })).toBe('not_text');
    const outcome = await run('read_file', { path: 'nul.txt' });
    expect(outcome).toMatchObject({ error: { code: 'output_not_storable' } });
    expect(JSON.stringify(outcome)).toContain('`content` of the output');
    expect(await code('read_file', { path: 'nul.txt', encoding: 'base64' })).toBe('succeeded');
  });

  it('refuse to write over a folder, through a file, or what is no base64 [TOL-1]', async () => {
    const { code } = await bench({ 'folder/a': '' });
    expect(await code('write_file', { path: 'folder', content: 'x' })).toBe('is_a_directory');
    expect(await code('write_file', { path: 'folder/a/b', content: 'x' })).toBe('not_a_directory');
    expect(await code('write_file', { path: 'b', content: 'x y=', encoding: 'base64' })).toBe('invalid_arguments');
    expect(await code('write_file', { path: 'b', content: 'x', mode: 7 })).toBe('invalid_arguments');
  });
});

describe('folders', () => {
  it('are listed in the order of names, with kinds and sizes [TOL-1]', async () => {
    const { root, output, code } = await bench({ 'b.txt': '12345', 'a/x': '', 'Z.txt': '' });
    await symlink('b.txt', join(root, 'link'));
    await writeFile(join(root, '.~01890000-0000-7000-8000-000000000000.writing'), 'half');
    expect(await output('list_directory', { path: '.' })).toEqual({
      entries: [
        { name: 'Z.txt', kind: 'file', size: 0 },
        { name: 'a', kind: 'directory', size: 0 },
        { name: 'b.txt', kind: 'file', size: 5 },
        { name: 'link', kind: 'link', size: 0 },
      ],
      truncated: false,
    });
    expect(await code('list_directory', { path: 'b.txt' })).toBe('not_a_directory');
    expect(await code('list_directory', { path: 'c' })).toBe('file_not_found');
  });

  it('of more entries than are listed say so [TOL-1]', async () => {
    const names = Array.from({ length: 5001 }, (_, index) => `f${String(index).padStart(5, '0')}`);
    const { output } = await bench(Object.fromEntries(names.map((name) => [name, ''])));
    const listed = (await output('list_directory', { path: '.' })) as {
      entries: { name: string }[];
      truncated: boolean;
    };
    expect(listed.truncated).toBe(true);
    expect(listed.entries.map((entry) => entry.name)).toEqual(names.slice(0, 5000));
  });

  it('are made with those on the way, and being there already is fine [TOL-1]', async () => {
    const { root, run, output, code } = await bench({ file: '' });
    expect(await run('create_directory', { path: 'a/b/' })).toMatchObject({
      ok: true,
      output: { path: 'a/b', created: true },
      artifacts: [],
    });
    expect(await output('create_directory', { path: 'a/b' })).toEqual({ path: 'a/b', created: false });
    expect(await output('create_directory', { path: '.' })).toEqual({ path: '.', created: false });
    expect((await stat(join(root, 'a/b'))).isDirectory()).toBe(true);
    expect(await code('create_directory', { path: 'file' })).toBe('already_exists');
    expect(await code('create_directory', { path: 'file/sub' })).toBe('not_a_directory');
  });
});

describe('copy_file, move_file, delete_file', () => {
  it('copy to a new name or over a file [TOL-1] [ORC-13]', async () => {
    const { root, run } = await bench({ 'a.txt': 'new', 'b.txt': 'old' });
    expect(await run('copy_file', { from: 'a.txt', to: 'sub/c.txt' })).toMatchObject({
      ok: true,
      output: { from: 'a.txt', to: 'sub/c.txt', size: 3, sha256: sha256('new') },
      artifacts: [{ path: 'sub/c.txt', change: 'written' }],
    });
    expect(await run('copy_file', { from: 'a.txt', to: 'b.txt' })).toMatchObject({ ok: true });
    expect(await run('copy_file', { from: 'a.txt', to: 'a.txt' })).toMatchObject({ ok: true });
    expect(
      await Promise.all(['a.txt', 'b.txt', 'sub/c.txt'].map((path) => readFile(join(root, path), 'utf8'))),
    ).toEqual(['new', 'new', 'new']);
  });

  it('move a file, which is removed in one place and written in the other [TOL-1] [ORC-13]', async () => {
    const { root, run, code } = await bench({ 'a.txt': 'a', 'folder/x': '' });
    expect(await run('move_file', { from: 'a.txt', to: 'sub/b.txt' })).toMatchObject({
      ok: true,
      output: { from: 'a.txt', to: 'sub/b.txt' },
      artifacts: [
        { path: 'a.txt', change: 'removed' },
        { path: 'sub/b.txt', change: 'written' },
      ],
    });
    expect((await readdir(root)).toSorted()).toEqual(['folder', 'sub']);
    expect(await code('move_file', { from: 'a.txt', to: 'c' })).toBe('file_not_found');
    expect(await code('move_file', { from: 'folder', to: 'other' })).toBe('is_a_directory');
    expect(await code('move_file', { from: 'sub/b.txt', to: 'folder' })).toBe('is_a_directory');
    expect(await code('copy_file', { from: 'folder', to: 'other' })).toBe('is_a_directory');
    await symlink('sub/b.txt', join(root, 'link'));
    expect(await code('move_file', { from: 'link', to: 'c' })).toBe('not_a_file');
  });

  it('delete files, but no folders [TOL-1] [ORC-13]', async () => {
    const { root, run, code } = await bench({ 'a.txt': '', 'folder/x': '' });
    expect(await run('delete_file', { path: 'a.txt' })).toMatchObject({
      output: { path: 'a.txt' },
      artifacts: [{ path: 'a.txt', change: 'removed' }],
    });
    expect(await code('delete_file', { path: 'a.txt' })).toBe('file_not_found');
    expect(await code('delete_file', { path: 'folder' })).toBe('is_a_directory');
    expect(await code('delete_file', { path: '.' })).toBe('is_a_directory');
    expect(await readdir(root)).toEqual(['folder']);
  });
});

describe('file_info', () => {
  it('tells what a file and a folder are [TOL-1] [ORC-13]', async () => {
    const { output, code } = await bench({ 'data/in.csv': 'a,b\n' });
    expect(await output('file_info', { path: 'data/in.csv' })).toEqual({
      path: 'data/in.csv',
      kind: 'file',
      size: 4,
      modified_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      sha256: sha256('a,b\n'),
      media_type: 'text/csv',
    });
    expect(await output('file_info', { path: 'data' })).toMatchObject({
      kind: 'directory',
      sha256: null,
      media_type: null,
    });
    expect(await output('file_info', { path: '.' })).toMatchObject({ path: '.', kind: 'directory' });
    expect(await code('file_info', { path: 'data/out.csv' })).toBe('file_not_found');
  });
});

describe('search_files', () => {
  const files = {
    'a.csv': 'x',
    'data/b.csv': 'one\ntwo\nneedle here',
    'data/deep/c.csv': 'needle',
    'data/d.txt': 'needle',
  };

  it('finds by pattern, relative to the folder that is searched [TOL-1]', async () => {
    const { output } = await bench(files);
    expect(paths(await output('search_files', { path: '.', pattern: '*.csv' }))).toEqual(['a.csv']);
    expect(paths(await output('search_files', { path: '.', pattern: '**/*.csv' }))).toEqual([
      'a.csv',
      'data/b.csv',
      'data/deep/c.csv',
    ]);
    expect(paths(await output('search_files', { path: './data/', pattern: '?.*' }))).toEqual([
      'data/b.csv',
      'data/d.txt',
    ]);
  });

  it('finds by text and names the line [TOL-1]', async () => {
    const { output } = await bench(files);
    expect(await output('search_files', { path: 'data', pattern: '**/*.csv', contains: 'needle' })).toEqual({
      matches: [
        { path: 'data/b.csv', size: 19, line: 3 },
        { path: 'data/deep/c.csv', size: 6, line: 1 },
      ],
      truncated: false,
    });
  });

  it('does not follow links, and stops at its limit [TOL-1]', async () => {
    const many = Object.fromEntries(Array.from({ length: 1001 }, (_, index) => [`many/${index}`, '']));
    const { root, output, code } = await bench({ ...files, ...many });
    await symlink('data', join(root, 'alias'));
    expect(paths(await output('search_files', { path: '.', pattern: 'alias/**' }))).toEqual([]);
    expect(paths(await output('search_files', { path: 'alias', pattern: '*.csv' }))).toEqual(['alias/b.csv']);
    expect(await output('search_files', { path: 'many', pattern: '*' })).toMatchObject({ truncated: true });
    expect(await code('search_files', { path: 'a.csv', pattern: '*' })).toBe('not_a_directory');
    expect(await code('search_files', { path: '.', pattern: '*'.repeat(257) })).toBe('invalid_arguments');
  });
});
