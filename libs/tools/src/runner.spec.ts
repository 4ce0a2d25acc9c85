import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JsonValue } from '#libs/kernel';
import { Outbound } from '#libs/outbound';
import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { BUILTIN_TOOLS } from './builtin/builtin-tools.js';
import { scratchFolder } from './conformance/scratch.js';
import { outputOf } from './contracts.js';
import { ToolRegistry } from './registry.js';
import { type ToolCall, type ToolOutcome, ToolRunner, type ToolRunnerOptions } from './runner.js';
import { type Tool, type ToolContext, defineTool } from './tool.js';
import { webTools } from './web/web-tools.js';

const anything = z.custom<JsonValue>(() => true);

/** A tool that takes anything and does what the test says. */
function scripted(execute: (input: object, context: ToolContext) => JsonValue | Promise<JsonValue>): Tool {
  return defineTool({
    name: 'scripted',
    description: 'Does what a test says.',
    input: z.looseObject({}),
    output: anything,
    permissionLevel: 'READ_ONLY',
    risk: 'LOW',
    effect: 'pure',
    timeoutSeconds: 20,
    execute,
  });
}

interface Setup {
  run(tool: string, toolArguments: JsonValue, more?: Partial<ToolCall>): Promise<ToolOutcome>;
  readonly root: string;
}

async function setUp(tools: readonly Tool[] = BUILTIN_TOOLS, options: ToolRunnerOptions = {}): Promise<Setup> {
  const root = join(await scratchFolder(), 'workspace');
  const runner = new ToolRunner(new ToolRegistry(tools), options);
  return {
    root,
    run: (tool, toolArguments, more) =>
      runner.run({
        tool,
        arguments: toolArguments,
        workspaceRoot: root,
        signal: new AbortController().signal,
        goalId: 'g',
        taskId: 't',
        attempt: 1,
        ...more,
      }),
  };
}

const nested = (depth: number): JsonValue => JSON.parse('['.repeat(depth) + ']'.repeat(depth)) as JsonValue;

const systemError = (code: string): Error => Object.assign(new Error(`${code}: /host/path`), { code });

describe('a call', () => {
  it('gives the output and the files that it changed [TOL-5] [ORC-13]', async () => {
    const { run, root } = await setUp();
    const outcome = await run('write_file', { path: 'out/a.txt', content: 'hello' });
    expect(outcome).toMatchObject({
      ok: true,
      outputBytes: 105,
      artifacts: [{ path: 'out/a.txt', change: 'written' }],
    });
    expect(await readFile(join(root, 'out/a.txt'), 'utf8')).toBe('hello');
  });

  it('refuses an unknown tool and names those that exist [TOL-5]', async () => {
    const { run } = await setUp();
    expect(await run('reed_file', {})).toMatchObject({ ok: false, error: { code: 'unknown_tool', retryable: false } });
  });

  it('refuses wrong arguments without running anything [TOL-5]', async () => {
    const { run } = await setUp();
    const outcome = await run('read_file', { pth: 'a' });
    expect(outcome).toMatchObject({ error: { code: 'invalid_arguments', retryable: false } });
    expect(JSON.stringify(outcome)).toContain('`path` is required: text.');
  });

  it('reports a path that leaves the workspace as a violation [TOL-1] [SAF-4]', async () => {
    const { run } = await setUp();
    expect(await run('read_file', { path: '../x' })).toMatchObject({
      error: { code: 'path_outside_workspace', violation: true, retryable: false },
    });
  });

  it('keeps an output of its own to what the tool declares [TOL-5]', async () => {
    const onDefect = vi.fn<NonNullable<ToolRunnerOptions['onDefect']>>();
    const liar = { ...scripted(() => 'text'), output: outputOf(z.number()) };
    const { run } = await setUp([liar], { onDefect });
    expect(await run('scripted', {})).toMatchObject({ error: { code: 'output_invalid', retryable: false } });
    expect(onDefect).toHaveBeenCalledOnce();
  });
});

describe('time and cancelling', () => {
  it('ends a tool that listens and one that does not [TOL-5] [ORC-8]', async () => {
    const listens = scripted((_, { signal }) => {
      const { promise, reject } = Promise.withResolvers<JsonValue>();
      signal.addEventListener('abort', () => reject(new Error('heard it')));
      return promise;
    });
    const ignores = scripted(() => new Promise(() => {}));
    for (const tool of [listens, ignores]) {
      const { run } = await setUp([tool]);
      expect(await run('scripted', {}, { timeoutSeconds: 0.02 })).toMatchObject({
        error: { code: 'tool_timeout', retryable: true },
      });
    }
  });

  it('leaves it open what became of a call that was stopped, unless the tool knows [TOL-7]', async () => {
    const endsAs = async (said: readonly boolean[]) => {
      const tool = scripted((_, { touches }) => {
        for (const isTouched of said) touches?.(isTouched);
        return new Promise(() => {});
      });
      const { run } = await setUp([tool]);
      const outcome = await run('scripted', {}, { timeoutSeconds: 0.02 });
      return !outcome.ok && (outcome.error.uncertain ?? false);
    };
    expect(await endsAs([])).toBe(true);
    expect(await endsAs([false])).toBe(false);
    expect(await endsAs([false, true])).toBe(true);
  });

  it('is cancelled before and while it runs [ORC-11]', async () => {
    const { run } = await setUp();
    expect(await run('sleep', { seconds: 3600 }, { signal: AbortSignal.abort() })).toMatchObject({
      error: { code: 'cancelled', retryable: false },
    });
    const controller = new AbortController();
    const running = run('sleep', { seconds: 3600 }, { signal: controller.signal });
    setTimeout(() => controller.abort(), 10);
    expect(await running).toMatchObject({ error: { code: 'cancelled', retryable: false } });
  });

  it('changes nothing any more once the call is over [TOL-5]', async () => {
    let late: Promise<unknown> = Promise.resolve();
    const released = Promise.withResolvers<void>();
    const slow = scripted((_, { workspace }) => {
      const work = released.promise.then(() => workspace.write('late.txt', [Buffer.from('x')]));
      late = work.catch(() => undefined);
      return work.then(() => null);
    });
    const { run, root } = await setUp([slow]);
    expect(await run('scripted', {}, { timeoutSeconds: 0.01 })).toMatchObject({ ok: false });
    released.resolve();
    await late;
    await expect(readFile(join(root, 'late.txt'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('what a tool throws', () => {
  it.each([
    ['ENOENT', 'file_not_found', false],
    ['EMFILE', 'storage_unavailable', true],
    ['EBUSY', 'storage_unavailable', true],
    ['EIO', 'storage_unavailable', true],
    ['ENOSPC', 'storage_full', true],
    ['EACCES', 'permission_denied', false],
  ])('becomes an outcome: %s is %s [TOL-5] [ORC-8]', async (errno, code, retryable) => {
    const { run } = await setUp([scripted(() => Promise.reject(systemError(errno)))]);
    const outcome = await run('scripted', {});
    expect(outcome).toMatchObject({ ok: false, error: { code, retryable } });
    expect(JSON.stringify(outcome)).not.toContain('/host/path');
  });

  it('is not shown when nobody expected it, but reported [TOL-5]', async () => {
    const onDefect = vi.fn<NonNullable<ToolRunnerOptions['onDefect']>>();
    const { run } = await setUp(
      [
        scripted(() => {
          throw new TypeError('/host/path is undefined');
        }),
      ],
      { onDefect },
    );
    const outcome = await run('scripted', {});
    expect(outcome).toMatchObject({ error: { code: 'tool_failed', retryable: false, uncertain: true } });
    expect(JSON.stringify(outcome)).not.toContain('/host/path');
    expect(onDefect).toHaveBeenCalledWith(expect.any(TypeError), expect.objectContaining({ tool: 'scripted' }));
  });
});

describe('arguments that are refused', () => {
  it('are told of in a text of bounded length, however many they are [TOL-5]', async () => {
    const { run } = await setUp(webTools(new Outbound({ allow: [] })));
    const headers = Object.fromEntries(
      Array.from({ length: 60_000 }, (_, n) => [`bad header ${'x'.repeat(50)}${n}`, '']),
    );
    const outcome = await run('http_get', { url: 'https://example.com/', headers });
    // First, since the rest would take minutes on megabytes.
    expect(JSON.stringify(outcome).length).toBeLessThan(20_000);
    expect(outcome).toMatchObject({ ok: false, error: { code: 'invalid_arguments' } });
    expect(outcome).toHaveProperty('error.detail', expect.stringMatching(/`headers.*And 59980 more\.$/));
  });
});

describe('an output that cannot be kept', () => {
  it.each([
    ['a NUL', { rows: [{ name: 'a\0b' }] }, 'output_not_storable', 'rows.0.name'],
    ['half a surrogate pair', { name: '\ud83d' }, 'output_not_storable', 'name'],
    ['too much', { text: 'x'.repeat(1024 * 1024) }, 'output_too_large', 'file'],
    ['too many bytes in fewer characters', { text: '€'.repeat(400_000) }, 'output_too_large', 'file'],
    ['too deep', nested(100_000), 'output_not_storable', 'flatter'],
  ])('for %s is refused with the remedy [TOL-5]', async (_, output, code, hint) => {
    const { run } = await setUp([scripted(() => output)]);
    const outcome = await run('scripted', {});
    expect(outcome).toMatchObject({ error: { code, retryable: false } });
    expect(JSON.stringify(outcome)).toContain(hint);
  });

  it.each([
    ['larger than may be kept', 'x'.repeat(1024 * 1024), 'output_too_large'],
    ['not storable', 'a\0b', 'output_not_storable'],
    ['not what was declared', 7, 'output_invalid'],
  ])(
    'because it is %s leaves a call uncertain that must not be made twice: it was made [TOL-7]',
    async (_, given, code) => {
      const output = outputOf(z.string());
      const once = {
        ...scripted(() => given),
        output,
        facts: () => ({ ...scripted(() => null).facts({}), effect: 'non_idempotent' as const }),
      };
      const made = await (await setUp([once])).run('scripted', {});
      expect(made).toMatchObject({ error: { code, retryable: false, uncertain: true, made: true } });
      const again = await (await setUp([{ ...scripted(() => given), output }])).run('scripted', {});
      expect(again).toMatchObject({ error: { code } });
      expect(again).not.toHaveProperty('error.uncertain');
    },
  );

  it('is passed on when an escape in it is only text [TOL-5]', async () => {
    const { run } = await setUp();
    const input = { text: 'a literal \\u0000 and \\ud800', '\\u0000': 1 };
    expect(await run('echo', input)).toMatchObject({ ok: true, output: input });
  });
});
