import { chmod, link, mkdir, readFile, readdir, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { JsonValue } from '#libs/kernel';
import { SandboxFailure, Sandboxes, createSandboxes } from '#libs/sandbox';
import { NO_JAIL } from '../../../sandbox/src/conformance/command-bench.js';
import { MockSandbox, type Script } from '../../../sandbox/src/conformance/mock-sandbox.js';
import { scratchFolder } from '../conformance/scratch.js';
import { ToolRegistry } from '../registry.js';
import { type ToolOutcome, ToolRunner } from '../runner.js';
import { commandTools } from './run-command.js';

let root: string;
let scratch: string;

beforeEach(async () => {
  const folder = await scratchFolder();
  [root, scratch] = [join(folder, 'workspace'), join(folder, 'scratch')];
  await mkdir(root);
});

type Extras = { readonly signal?: AbortSignal; readonly timeoutSeconds?: number };

async function callWith(sandboxes: Sandboxes, command: JsonValue, extras: Extras = {}): Promise<ToolOutcome> {
  const runner = new ToolRunner(new ToolRegistry(commandTools(sandboxes)));
  const { signal = new AbortController().signal, ...rest } = extras;
  return runner.run({
    tool: 'run_command',
    arguments: { command },
    workspaceRoot: root,
    signal,
    goalId: 'goal',
    taskId: 'task',
    attempt: 1,
    ...rest,
  });
}

/** Through the real sandbox. */
async function call(command: JsonValue, extras?: Extras): Promise<ToolOutcome> {
  const sandboxes = createSandboxes({ scratchDir: scratch, unjailed: false });
  onTestFinished(() => sandboxes.close());
  return callWith(sandboxes, command, extras);
}

/** With a sandbox that does what the test says, in the folder that it is given. */
async function scripted(script: (folder: string) => ReturnType<Script>): Promise<ToolOutcome> {
  const mock = new MockSandbox(({ work }) => script(work.kind === 'command' ? work.folder : ''));
  return callWith(new Sandboxes([mock], scratch), ['x']);
}

async function sh(script: string): Promise<Extract<ToolOutcome, { ok: true }>> {
  const outcome = await call(['sh', '-c', script]);
  if (!outcome.ok) throw new Error(`${outcome.error.code}: ${outcome.error.detail}`);
  return outcome;
}

async function put(path: string, content = path): Promise<void> {
  await writeFile(join(root, path), content);
}

async function listing(): Promise<string[]> {
  return (await readdir(root, { recursive: true })).toSorted();
}

describe.skipIf(NO_JAIL !== '')(`run_command${NO_JAIL}`, () => {
  it('gives the exit code and what was written; a failure of the program is a result [TOL-3]', async () => {
    const outcome = await call(['sh', '-c', 'echo out; echo err >&2; exit 7']);
    expect(outcome).toMatchObject({ ok: true, artifacts: [] });
    expect(outcome).toHaveProperty('output', { exit_code: 7, stdout: 'out\n', stderr: 'err\n', left_out: [] });
  });

  it('works on the files of the workspace, and what it changes comes back [TOL-3]', async () => {
    await mkdir(join(root, 'data/deep'), { recursive: true });
    await mkdir(join(root, 'empty'));
    await Promise.all([put('keep'), put('data/in.csv', 'b\na\n'), put('data/deep/gone'), put('changed', 'old')]);
    const { output, artifacts } = await sh(
      'ls -d empty; sort data/in.csv > sorted; echo new > changed; rm -r data/deep; mkdir -p made/folder; exit 1',
    );
    expect(output).toMatchObject({ exit_code: 1, stdout: 'empty\n' });
    expect(await listing()).toEqual([
      'changed',
      'data',
      'data/in.csv',
      'empty',
      'keep',
      'made',
      'made/folder',
      'sorted',
    ]);
    expect(await readFile(join(root, 'sorted'), 'utf8')).toBe('a\nb\n');
    expect(artifacts).toEqual([
      { path: 'data/deep/gone', change: 'removed' },
      { path: 'changed', change: 'written' },
      { path: 'sorted', change: 'written' },
    ]);
  });

  it('tells nothing of files that are as they were, whatever became of their times [TOL-3]', async () => {
    await put('same', 'content');
    expect(await sh('touch same; cp same copy; mv copy same')).toHaveProperty('artifacts', []);
    expect(
      await sh('touch -r same mark; echo CONTENT | tr -d "\\n" > same; touch -r mark same; rm mark'),
    ).toHaveProperty('artifacts', [{ path: 'same', change: 'written' }]);
  });

  it('keeps whether a file can be executed, and no more of its mode [TOL-3]', async () => {
    await put('script', '#!/bin/sh\necho ran\n');
    await chmod(join(root, 'script'), 0o755);
    await put('plain');
    const { output } = await sh(
      './script; chmod -x script; chmod +x plain; echo x > secret; chmod 000 secret; cp script tool; chmod 6777 tool',
    );
    expect(output).toHaveProperty('stdout', 'ran\n');
    const modes = await Promise.all(
      ['script', 'plain', 'secret', 'tool'].map(async (path) => (await stat(join(root, path))).mode & 0o7777),
    );
    expect(modes).toEqual([0o644, 0o755, 0o644, 0o755]);
    expect(await stat(join(root, 'tool'))).toMatchObject({ uid: process.getuid?.() });
  });

  it('leaves out what is no plain file or folder, and says so [TOL-1] [TOL-3]', async () => {
    const { output, artifacts } = await sh(
      'ln -s /etc/passwd link; ln -s . loop; mkfifo pipe; echo x > a; ln a b; : > "$(printf "\\377")"; : > "back\\\\slash"; mkdir d; ln -s .. d/up',
    );
    expect(output).toMatchObject({
      left_out: [
        { path: 'back\\slash', reason: expect.stringContaining('backslash') },
        { path: 'd/up', reason: expect.stringContaining('symbolic link') },
        { path: 'link', reason: expect.stringContaining('symbolic link') },
        { path: 'loop', reason: expect.stringContaining('symbolic link') },
        { path: 'pipe', reason: expect.stringContaining('a pipe') },
        { path: '\u{FFFD}', reason: expect.stringContaining('no UTF-8') },
      ],
    });
    // Two names of one file become two files.
    expect(artifacts.map(({ path }) => path)).toEqual(['a', 'b']);
    expect((await stat(join(root, 'b'))).nlink).toBe(1);
    expect(await listing()).toEqual(['a', 'b', 'd']);
  });

  it('does not see links of the workspace, and leaves them alone [TOL-1]', async () => {
    await writeFile(join(scratch, '..', 'outside'), 'secret');
    await put('one');
    await link(join(root, 'one'), join(scratch, '..', 'other-name'));
    await symlink('/etc/passwd', join(root, 'soft'));
    await symlink('../outside', join(root, 'up'));
    expect(await sh('ls; cat soft up')).toMatchObject({ output: { stdout: '' }, artifacts: [] });
    expect(await listing()).toEqual(['one', 'soft', 'up']);
  });

  it('cannot reach the workspace itself, nor any other folder of the host [TOL-3]', async () => {
    await put('mine', 'here');
    const { output } = await sh(`cat mine; cat ${root}/mine; ls ${scratch}; echo x > ${root}/made; pwd`);
    expect(output).toMatchObject({ stdout: 'here/workspace\n' });
    expect(await listing()).toEqual(['mine']);
  });

  it('leaves what others do at the same time alone [TOL-3]', async () => {
    await Promise.all([put('shared', 'old'), put('a', 'old'), put('b', 'old')]);
    await Promise.all([sh('sleep 0.3; echo new > a'), sh('echo new > b; echo more > c'), sh('sleep 0.1; rm shared')]);
    expect(await listing()).toEqual(['a', 'b', 'c']);
    expect(await readFile(join(root, 'b'), 'utf8')).toBe('new\n');
  });

  it('may put a folder in the place of a file, and a file in that of a folder [TOL-3]', async () => {
    await mkdir(join(root, 'folder/inner'), { recursive: true });
    await Promise.all([put('folder/inner/x'), put('file')]);
    await sh('rm -r folder file; echo x > folder; mkdir file; echo y > file/y');
    expect(await listing()).toEqual(['file', 'file/y', 'folder']);
  });

  it('leaves nothing in the folder for temporary files [SBX-2]', async () => {
    await sh('mkdir closed; : > closed/x; chmod 000 closed');
    expect(await runsLeft()).toEqual([]);
    expect(await listing()).toEqual(['closed', 'closed/x']);
  });

  it('is over when the call is cancelled, and surely has changed nothing [SBX-2, TOL-7]', async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 200);
    const outcome = await call(['sleep', '1000'], { signal: controller.signal });
    expect(outcome).toMatchObject({ ok: false, error: { code: 'cancelled' } });
    expect(outcome).not.toHaveProperty('error.uncertain');
    await expect.poll(runsLeft).toEqual([]);
  });
});

describe('run_command with a sandbox that is scripted', () => {
  it('leaves the workspace as it was when the sandbox dies in the middle of a command [SBX-1]', async () => {
    await put('file', 'old');
    const outcome = await scripted(async (folder) => {
      await writeFile(join(folder, 'file'), 'half-written');
      await writeFile(join(folder, 'new'), 'x');
      throw new SandboxFailure('sandbox_died', 'The sandbox ended.', { stdout: 'so far' });
    });
    expect(outcome).toMatchObject({ ok: false, error: { code: 'sandbox_died', retryable: true } });
    expect(outcome).toHaveProperty('error.detail', expect.stringContaining('so far'));
    expect([await listing(), await readFile(join(root, 'file'), 'utf8')]).toEqual([['file'], 'old']);
    expect(await readdir(scratch)).toEqual([]);
  });

  it('is stopped a little before its time is over, and the workspace is as it was [SBX-2]', async () => {
    await put('file', 'old');
    const mock = new MockSandbox(async ({ work }) => {
      if (work.kind === 'command') await writeFile(join(work.folder, 'file'), 'new');
      throw new SandboxFailure('sandbox_timeout', 'It took too long.', { stdout: 'begun' });
    });
    const outcome = await callWith(new Sandboxes([mock], scratch), ['x'], { timeoutSeconds: 8 });
    expect(mock.requests[0]?.limits?.wallMs).toBeLessThanOrEqual(6000);
    expect(mock.requests[0]?.limits?.wallMs).toBeGreaterThan(1000);
    expect(outcome).toMatchObject({ ok: false, error: { code: 'sandbox_timeout', retryable: false } });
    expect(outcome).toHaveProperty('error.detail', expect.stringContaining('begun'));
    expect(await readFile(join(root, 'file'), 'utf8')).toBe('old');
  });

  it('keeps nothing when a command leaves too large a file [SBX-2]', async () => {
    const large = await scripted(async (folder) => {
      await writeFile(join(folder, 'a'), 'small');
      await writeFile(join(folder, 'b'), Buffer.alloc(100 * 1024 * 1024 + 1));
      return {};
    });
    expect(large).toMatchObject({ ok: false, error: { code: 'file_too_large' } });
    expect(await listing()).toEqual([]);
  });

  it('says that a workspace is too large to be copied [TOL-3]', async () => {
    for (const name of ['a', 'b', 'c']) await writeFile(join(root, name), Buffer.alloc(90 * 1024 * 1024));
    const outcome = await scripted(() => ({}));
    expect(outcome).toMatchObject({ ok: false, error: { code: 'workspace_too_large', retryable: false } });
  });

  it('gives output that can be stored, whatever was written [TOL-3]', async () => {
    const long = '\u{1b}'.repeat(900_000);
    const outcome = await scripted(() => ({ stdout: 'a\0b\u{D800}', stderr: long }));
    expect(outcome).toMatchObject({ ok: true, output: { stdout: 'a\u{FFFD}b\u{FFFD}' } });
    const { stderr } = outcome.ok ? (outcome.output as { stderr: string }) : { stderr: '' };
    expect(stderr).toMatch(/\[The rest is left out: \d+ characters/);
    expect(Buffer.byteLength(JSON.stringify(stderr))).toBeLessThan(410 * 1024);
  });

  it('says what to install where nothing can run a command [SBX-1]', async () => {
    const mock = new MockSandbox();
    mock.state = { ok: false, detail: 'bubblewrap is not installed.', remedy: 'Install bubblewrap.' };
    const outcome = await callWith(new Sandboxes([mock], scratch), ['id']);
    expect(outcome).toMatchObject({ ok: false, error: { code: 'sandbox_unavailable', retryable: false } });
    expect(outcome).toHaveProperty('error.detail', expect.stringContaining('Install bubblewrap.'));
  });

  it.each<[string, JsonValue, RegExp]>([
    ['words that are too long together', ['echo', 'x'.repeat(65_533)], /65536 characters at most/],
    ['one text', 'id', /text|list|array/i],
    ['nothing', [], /at least 1/],
    ['no program', [''], /program/],
    ['a number', ['a', 1], /text/],
    ['a NUL character', ['a\0'], /NUL/],
    ['too many words', Array.from({ length: 257 }, () => 'x'), /at most 256/],
  ])('refuses what is no command: %s [TOL-5]', async (_, command, message) => {
    const outcome = await callWith(new Sandboxes([new MockSandbox()], scratch), command);
    expect(outcome).toMatchObject({ ok: false, error: { code: 'invalid_arguments' } });
    expect(outcome).toHaveProperty('error.detail', expect.stringMatching(message));
  });
});

describe('what the gate is told of a command', () => {
  const [tool] = commandTools(new Sandboxes([]));

  it('is that a person has to agree, and that it must not be repeated blindly [TOL-4] [TOL-5]', () => {
    expect(tool!.facts({ command: ['ls'] })).toEqual({
      effect: 'non_idempotent',
      permissionLevel: 'EXECUTE',
      risk: 'HIGH',
      action: 'code',
      runsCode: 'local',
    });
  });

  it('is that some are blocked, whoever agrees [SAF-4]', () => {
    expect(tool!.blocked({ command: ['rm', '-rf', '/'] })).toMatchObject([
      { code: 'command_blocked', argument: 'command' },
    ]);
    expect(tool!.blocked({ command: ['rm', { $ref: 'x.output' }, '-rf', '/'] })).toHaveLength(1);
    expect(tool!.blocked({ command: ['ls', '-la'] })).toEqual([]);
    expect(tool!.blocked({ command: { $ref: 'x.output' } })).toEqual([]);
  });
});

/** Folders of runs that are still there. Each process keeps its own apart; that there is one shows where to look. */
async function runsLeft(): Promise<string[]> {
  const processes = await readdir(scratch);
  expect(processes.length).toBeGreaterThan(0);
  return (await Promise.all(processes.map((each) => readdir(join(scratch, each, 'runs'))))).flat();
}
