import { describe, expect, it } from 'vitest';
import { SandboxFailure } from '../sandbox.port.js';
import { readAnswer, readPrinted } from './answer.js';

const LIMIT = 100;

/** What is made of these lines: the answer, or the code and message of the failure. */
function read(...lines: readonly string[]): unknown {
  try {
    return readAnswer(Buffer.from(lines.map((line) => `${line}\n`).join('')), LIMIT);
  } catch (error) {
    if (error instanceof SandboxFailure) return [error.code, error.message];
    throw error;
  }
}

const answer = (value: unknown, stdout = '', stderr = '') => ({ value, stdout, stderr });

describe('the answer of a child process', () => {
  it('is put together from its lines [SBX-1]', () => {
    const lines = ['["stdout","a"]', '["stderr","b"]', '["stdout","c"]', '', '["value",{"d":[1,null]}]'];
    expect(read(...lines)).toEqual(answer({ d: [1, null] }, 'ac', 'b'));
  });

  it.each([
    ['lines that are no JSON', ['nonsense', '["value"', '["stdout",x]', '["value",1]'], answer(1)],
    ['lines that are no array', ['{"value":2}', 'null', '"value"', '["value",1]'], answer(1)],
    ['kinds that nobody knows', ['["constructor",2]', '[["value"],2]', '[]', '["value",1]'], answer(1)],
    ['printed things that are no text', ['["stdout",{"length":1}]', '["stderr"]', '["value",1]'], answer(1)],
    ['lines that honest children do not write', ['["value", 2] ', '["value"]', '["value",1]'], answer(1)],
    ['what comes after the end', ['["value",1]', '["value",2]', '["stdout","late"]'], answer(1)],
  ])('leaves out %s [SBX-1]', (_, lines, expected) => {
    expect(read(...lines)).toEqual(expected);
  });

  it.each([
    ['nothing', [], ['sandbox_died', 'The sandbox ended without an answer.']],
    [
      'a line that was cut off',
      ['["stdout","a"]', '["value",{"a":'],
      ['sandbox_died', 'The sandbox ended without an answer.'],
    ],
    ['a value that is no JSON', ['["value",undefined]'], ['sandbox_died', 'The sandbox ended without an answer.']],
    ['a failure without a reason', ['["failed",7]'], ['sandbox_died', 'The sandbox ended without a reason.']],
    ['a failure that it may not claim', ['["failed",{"code":"cancelled","message":"m"}]'], ['sandbox_died', 'm']],
    [
      'a place',
      ['["failed",{"code":"code_failed","message":"m","line":2,"column":3}]'],
      ['code_failed', 'm (line 2, column 3)'],
    ],
    [
      'half a place',
      ['["failed",{"code":"code_failed","message":"m","line":2,"column":"3"}]'],
      ['code_failed', 'm (line 2)'],
    ],
    ['no place', ['["failed",{"code":"code_failed","message":"m","line":{}}]'], ['code_failed', 'm']],
    [
      'too much',
      [`["stdout","${'x'.repeat(101)}"]`, '["value",1]'],
      ['sandbox_output', 'The code wrote more than 100 bytes to stdout.'],
    ],
    [
      'a large value',
      [`["value","${'x'.repeat(100)}"]`],
      ['sandbox_output', 'The value has more than 100 bytes as JSON.'],
    ],
  ])('is a failure for %s [SBX-2]', (_, lines, expected) => {
    expect(read(...lines)).toEqual(expected);
  });

  it('cannot set a prototype [SBX-1]', () => {
    const [code, message] = read('["value",[{"a":{"__proto__":{"polluted":1}}}]]') as [string, string];
    expect(code).toBe('code_failed');
    expect(message).toContain('has `__proto__` as a key');
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });

  it('is not deeper than what walks it can stand [SBX-1]', () => {
    const deep = (levels: number) => `["value",${'['.repeat(levels)}${']'.repeat(levels)}]`;
    expect(readAnswer(Buffer.from(`${deep(100)}\n`), 1000)).toMatchObject({ stdout: '' });
    expect(() => readAnswer(Buffer.from(`${deep(101)}\n`), 1000)).toThrow('nested more than 100 deep');
    expect(() => readAnswer(Buffer.from(`${deep(1_000_000)}\n`), 2_000_000)).toThrow('nested more than 100 deep');
  });

  it.each([
    ['a value', `["value",${'['.repeat(101)}]`, ['sandbox_output', 'The value has more than 100 bytes as JSON.']],
    [
      'printed text',
      `["stdout",${'['.repeat(603)}]`,
      ['sandbox_output', 'The code wrote more than 100 bytes to stdout.'],
    ],
    [
      'a failure',
      `["failed",{"code":"code_failed","message":"${'m'.repeat(70_000)}"}]`,
      ['sandbox_died', 'The sandbox ended without a reason.'],
    ],
  ])('is not parsed where %s is too large for that [SBX-2]', (_, line, expected) => {
    // These texts are no JSON: whoever tried to parse them would say so.
    expect(read(line)).toEqual(expected);
  });

  it('is not looked for behind a flood of lines [SBX-2]', () => {
    const flood = (lines: number) => Array.from({ length: lines }, () => '[]');
    expect(read(...flood(9_999), '["value",1]')).toEqual(answer(1));
    expect(read(...flood(10_000), '["value",1]')).toEqual(['sandbox_died', 'The sandbox ended without an answer.']);
  });

  it('of a run that was stopped tells what was printed, as far as there is room [SBX-2]', () => {
    const wire = `["stdout","a"]\n["stdout","${'x'.repeat(100)}"]\n["stderr","b"]\n["stdout","c`;
    expect(readPrinted(wire, LIMIT)).toEqual({ stdout: 'a', stderr: 'b' });
  });
});
