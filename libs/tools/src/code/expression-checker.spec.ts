import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JsonValue } from '#libs/kernel';
import { type SandboxProvider, type SandboxRequest, Sandboxes, createSandboxes } from '#libs/sandbox';
import { afterAll, describe, expect, it } from 'vitest';
import { ExpressionChecker } from './expression-checker.js';

const folder = await mkdtemp(join(await realpath(tmpdir()), 'av-expression-'));
const sandboxes = createSandboxes({ scratchDir: folder, unjailed: false });
afterAll(async () => {
  await sandboxes.close();
  await rm(folder, { recursive: true, force: true });
});

const checker = new ExpressionChecker(sandboxes);
const never = new AbortController().signal;

describe('ExpressionChecker', () => {
  it('asks for the room that short work has, in the name of whom it is for [ORC-9] [SBX-2]', async () => {
    const asked: SandboxRequest[] = [];
    const provider: SandboxProvider = {
      name: 'noting',
      kinds: ['javascript'],
      health: async () => ({ ok: true, detail: '', remedy: null }),
      run: async (request) => {
        asked.push(request);
        return { exitCode: 0, stdout: '', stderr: '', value: true };
      },
      close: async () => undefined,
    };
    await new ExpressionChecker(new Sandboxes([provider])).check('true', null, never, 'tenant');
    expect(asked).toMatchObject([{ short: true, fairnessKey: 'tenant', limits: { wallMs: 5000 } }]);
  });

  it.each<[string, JsonValue]>([
    ['output.rows > 0', { rows: 1 }],
    ['output.rows.every((row) => row.total >= 0) // all of them', { rows: [{ total: 0 }] }],
    [
      'const names = output.map(({ name }) => name); new Set(names).size === names.length',
      [{ name: 'a' }, { name: 'b' }],
    ],
    ['"use strict"; output === null', null],
  ])('lets pass what is true: %s [ORC-9]', async (expression, output) => {
    expect(await checker.check(expression, output, never)).toEqual({ ok: true });
  });

  it.each<[string, JsonValue, string]>([
    ['output.rows > 0', { rows: 0 }, 'The expression `output.rows > 0` gave false instead of true.'],
    ['output.rows', { rows: 7 }, 'The expression `output.rows` gave 7 instead of true.'],
    ['output.none', {}, 'The expression `output.none` gave null instead of true.'],
    ['"true"', null, 'The expression `"true"` gave "true" instead of true.'],
    ['output.a.b', {}, 'could not be evaluated: TypeError: cannot read property'],
    ['output.', null, 'could not be evaluated: SyntaxError'],
    ['while (true);', null, 'could not be evaluated: The run took longer than 5 s'],
    ['process.exit()', null, "could not be evaluated: ReferenceError: 'process' is not defined"],
    ['output', '\0x'.repeat(500), 'instead of true.'],
  ])('says why something else does not: %s [ORC-9]', async (expression, output, reason) => {
    const verdict = await checker.check(expression, output, never);
    expect(verdict).toMatchObject({ ok: false, reason: expect.stringContaining(reason) });
    expect(JSON.stringify(verdict).length).toBeLessThan(1000);
  });

  it('ends with the signal [ORC-9]', async () => {
    const controller = new AbortController();
    const checked = checker.check('while (true);', null, controller.signal);
    controller.abort(new Error('cancelled by a test'));
    await expect(checked).rejects.toThrow('cancelled by a test');
  });
});
