import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JsonObject } from '#libs/kernel';
import {
  Sandboxes,
  SandboxFailure,
  type SandboxFailureCode,
  type SandboxRequest,
  createSandboxes,
} from '#libs/sandbox';
import { afterAll, describe, expect, it } from 'vitest';
import { scratchFolder } from '../conformance/scratch.js';
import { ToolRegistry } from '../registry.js';
import { type ToolOutcome, ToolRunner } from '../runner.js';
import { codeTools } from './code-tools.js';

const folder = await mkdtemp(join(await realpath(tmpdir()), 'av-code-'));
const sandboxes = createSandboxes({ scratchDir: folder, unjailed: false });
afterAll(async () => {
  await sandboxes.close();
  await rm(folder, { recursive: true, force: true });
});
const python = (await sandboxes.health()).find(({ kind }) => kind === 'python');
const NO_PYTHON = python?.ok ? '' : ` (skipped: ${python?.detail ?? 'there is no sandbox for it'})`;

interface CallOptions {
  readonly root?: string;
  readonly timeoutSeconds?: number;
  readonly signal?: AbortSignal;
  readonly sandboxes?: Sandboxes;
}

async function call(tool: string, toolArguments: JsonObject, options: CallOptions = {}): Promise<ToolOutcome> {
  const runner = new ToolRunner(new ToolRegistry(codeTools(options.sandboxes ?? sandboxes)));
  return runner.run({
    tool,
    arguments: toolArguments,
    workspaceRoot: options.root ?? (await scratchFolder()),
    signal: options.signal ?? new AbortController().signal,
    tenantId: 'tenant',
    goalId: 'g',
    taskId: 't',
    attempt: 1,
    ...(options.timeoutSeconds !== undefined && { timeoutSeconds: options.timeoutSeconds }),
  });
}

async function outputOf(...given: Parameters<typeof call>): Promise<unknown> {
  const outcome = await call(...given);
  if (outcome.ok) return outcome.output;
  throw new Error(`${outcome.error.code}: ${outcome.error.detail}`);
}

async function errorOf(
  ...given: Parameters<typeof call>
): Promise<{ code: string; detail: string; retryable: boolean }> {
  const outcome = await call(...given);
  if (!outcome.ok) return outcome.error;
  throw new Error('the call should have failed');
}

/** Sandboxes that note what they are asked, and answer by `answer`. */
function sandboxesThat(answer: (request: SandboxRequest) => Promise<never>): Sandboxes {
  return new Sandboxes([
    {
      name: 'stand-in',
      kinds: ['javascript', 'python'],
      health: () => Promise.resolve({ ok: true, detail: '', remedy: null }),
      run: answer,
      close: () => Promise.resolve(),
    },
  ]);
}

describe('execute_javascript', () => {
  it('gives value, stdout and stderr [TOL-3]', async () => {
    const code = 'console.log("a\\0b"); console.error("c"); ({ sum: input[0] + input[1] })';
    expect(await outputOf('execute_javascript', { code, input: [1, 2] })).toEqual({
      value: { sum: 3 },
      stdout: 'a\u{FFFD}b\n',
      stderr: 'c\n',
    });
    expect(await outputOf('execute_javascript', { code: '[input, files]' })).toMatchObject({ value: [null, {}] });
  });

  it('finds the texts of files by their path [TOL-3]', async () => {
    const root = await scratchFolder();
    await mkdir(join(root, 'data'));
    await writeFile(join(root, 'data/in.csv'), '\u{FEFF}a,b\n1,ü\n');
    await writeFile(join(root, 'empty'), '');
    const given = { code: 'files', files: ['data/in.csv', './empty', 'data/in.csv'] };
    expect(await outputOf('execute_javascript', given, { root })).toMatchObject({
      value: { 'data/in.csv': '\u{FEFF}a,b\n1,ü\n', './empty': '' },
    });
  });

  it.each<[string, JsonObject, string, string]>([
    ['a file that is not there', { files: ['none'] }, 'file_not_found', 'none'],
    ['a folder', { files: ['.'] }, 'is_a_directory', '.'],
    ['a file that is no text', { files: ['bytes'] }, 'not_text', '`bytes` is not UTF-8 text'],
    ['a file outside', { files: ['ok', '../other'] }, 'path_outside_workspace', '..'],
    ['a link that leads outside', { files: ['link'] }, 'path_outside_workspace', 'link'],
    ['files that are too large together', { files: ['half', 'other-half'] }, 'file_too_large', '16777216 bytes'],
    ['too many files', { files: Array.from({ length: 51 }, (_, index) => `f${index}`) }, 'invalid_arguments', 'files'],
    ['no code', { code: '' }, 'invalid_arguments', 'code'],
    ['an unknown argument', { timeout: 1 }, 'invalid_arguments', 'timeout'],
  ])('refuses %s [TOL-3]', async (_, given, code, detail) => {
    const root = await scratchFolder();
    await writeFile(join(root, 'ok'), 'ok');
    await writeFile(join(root, 'bytes'), Buffer.from([0xff, 0xfe]));
    await symlink('/etc/hostname', join(root, 'link'));
    await writeFile(join(root, 'half'), Buffer.alloc(9 * 1024 * 1024, 'x'));
    await writeFile(join(root, 'other-half'), Buffer.alloc(8 * 1024 * 1024, 'x'));
    const error = await errorOf('execute_javascript', { code: '1', ...given }, { root });
    expect(error).toMatchObject({ code, detail: expect.stringContaining(detail), retryable: false });
  });

  it('tells the gate of files outside the workspace, also before references are resolved [SAF-4]', () => {
    const [tool] = codeTools(sandboxes);
    const blocked = (files: JsonObject['x']) => tool?.blocked({ code: '1', files: files ?? null });
    expect(blocked(['ok', '../out', '/etc/passwd', { $ref: 'a.output' }])).toMatchObject([
      { code: 'path_outside_workspace', argument: 'files.1' },
      { code: 'path_outside_workspace', argument: 'files.2' },
    ]);
    expect(blocked({ $ref: 'a.output' })).toEqual([]);
  });

  it('is code that a person agrees to, and leaves no trace [SAF-3] [TOL-4]', () => {
    for (const tool of codeTools(sandboxes)) {
      expect(tool.facts({ code: '1' })).toEqual({
        effect: 'pure',
        permissionLevel: 'EXECUTE',
        risk: 'MEDIUM',
        action: 'code',
        runsCode: 'wasm',
      });
    }
  });

  it('says where code fails, and what it printed before [TOL-3]', async () => {
    const code = 'console.log("step 1");\nnull.x';
    expect(await errorOf('execute_javascript', { code })).toMatchObject({
      code: 'code_failed',
      detail: expect.stringMatching(/^TypeError: .+ \(line 2, column \d+\) Printed before: step 1$/),
      retryable: false,
    });
  });

  it('keeps the tail of what was printed, without what cannot be stored [TOL-6]', async () => {
    const code = 'console.log("x".repeat(1000) + "\\0\\uD800end"); null.x';
    const { detail } = await errorOf('execute_javascript', { code });
    expect(detail).toContain('Printed before: …');
    expect(detail.endsWith('\u{FFFD}\u{FFFD}end')).toBe(true);
    expect(detail.length).toBeLessThan(500);
  });

  it('ends code a little before the call is over, so that it is not tried again in vain [SBX-2]', async () => {
    const given = { code: 'while (true);' };
    expect(await errorOf('execute_javascript', given, { timeoutSeconds: 4 })).toMatchObject({
      code: 'sandbox_timeout',
      detail: expect.stringContaining('than 2 s'),
      retryable: false,
    });
  });

  it('is over when the call is cancelled [SBX-2]', async () => {
    const controller = new AbortController();
    const running = errorOf('execute_javascript', { code: 'while (true);' }, { signal: controller.signal });
    setTimeout(() => controller.abort(), 300);
    expect(await running).toMatchObject({ code: 'cancelled' });
  });

  it.each<[number | undefined, number]>([
    [undefined, 30_000],
    [35, 30_000],
    [3600, 120_000],
    [28, 24_000],
    [7, 4000],
    [2, 1000],
  ])('gives code of a call of %s s %s ms [SBX-2]', async (timeoutSeconds, wallMs) => {
    const asked: SandboxRequest[] = [];
    const noting = sandboxesThat((request) => {
      asked.push(request);
      return Promise.reject(new SandboxFailure('code_failed', 'noted'));
    });
    await errorOf('execute_python', { code: '1' }, { sandboxes: noting, ...(timeoutSeconds && { timeoutSeconds }) });
    expect(asked).toMatchObject([{ limits: { wallMs }, fairnessKey: 'tenant' }]);
  });

  it.each<[SandboxFailureCode, boolean]>([
    ['sandbox_unavailable', false],
    ['sandbox_timeout', false],
    ['sandbox_memory', false],
    ['sandbox_output', false],
    ['code_failed', false],
    ['sandbox_died', true],
  ])('fails with %s; whether it is tried again: %s [ORC-8]', async (code, retryable) => {
    const failing = sandboxesThat(() => Promise.reject(new SandboxFailure(code, 'why')));
    const error = await errorOf('execute_python', { code: '1' }, { sandboxes: failing });
    expect(error).toEqual({ code, detail: 'why', retryable });
  });
});

describe.skipIf(NO_PYTHON !== '')(`execute_python${NO_PYTHON}`, () => {
  it('works on files with the standard library, and gives value, stdout and stderr [TOL-3]', async () => {
    const root = await scratchFolder();
    await writeFile(join(root, 'sales.csv'), 'region,amount\nnorth,1.5\nsouth,2\nnorth,3\n');
    const code = `
import csv, collections
totals = collections.defaultdict(float)
for row in csv.DictReader(files["sales.csv"].splitlines()):
    totals[row["region"]] += float(row["amount"]) * input["factor"]
print(len(totals), "regions")
totals`;
    const given = { code, input: { factor: 2 }, files: ['sales.csv'] };
    expect(await outputOf('execute_python', given, { root })).toEqual({
      value: { north: 9, south: 4 },
      stdout: '2 regions\n',
      stderr: '',
    });
  });
});
