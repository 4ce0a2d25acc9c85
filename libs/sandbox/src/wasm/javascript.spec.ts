import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WasmBench } from '../conformance/wasm-bench.js';

let bench: WasmBench;
beforeAll(async () => {
  bench = await WasmBench.open();
});
afterAll(() => bench.close());

const valueOf = (code: string, extras = {}) => bench.value('javascript', code, extras);
const failureOf = (code: string, extras = {}) => bench.failure('javascript', code, extras);

describe('JavaScript', () => {
  it('gives the value of the last expression, with what stands in `input` and `files` [TOL-3]', async () => {
    const code = `const { rows } = input;\nif (rows.length > 1) { rows.length + files['a/b.txt'].length }`;
    expect(await valueOf(code, { input: { rows: [1, 2] }, files: { 'a/b.txt': 'four' } })).toBe(6);
  });

  it.each([
    ['undefined', 'undefined', null],
    ['nothing', '', null],
    ['a function', '(() => 1)', null],
    ['a declaration after an expression', '5; function f() {}', 5],
    ['what JSON has no number for', 'NaN', null],
    ['an object', '({ a: [1, "ü", null, true], b: undefined })', { a: [1, 'ü', null, true] }],
    ['a date', 'new Date(0)', '1970-01-01T00:00:00.000Z'],
    ['a promise', 'Promise.resolve([7])', [7]],
    ['what was awaited', 'const seven = await Promise.resolve(7);\nseven + 1', 8],
    ['an asynchronous function', '(async () => { await null; return "late"; })()', 'late'],
    ['a variable that hides `input`', 'var input = 3; input', 3],
  ])('gives for %s the value %j as %j [TOL-3]', async (_, code, expected) => {
    expect(await valueOf(code)).toEqual(expected);
  });

  it('keeps apart what is printed for people and for errors [TOL-3]', async () => {
    const code = `console.log('a', 1, { b: [2] }, null, undefined);\nconsole.error(new TypeError('c'));\nconsole.info(10n);`;
    expect(await bench.run('javascript', code)).toEqual({
      exitCode: 0,
      stdout: 'a 1 {"b":[2]} null undefined\n10\n',
      stderr: 'TypeError: c\n',
      value: null,
    });
  });

  it.each<[string, string, string, line?: number, column?: number]>([
    ['a wrong spelling', 'const a = 1;\nlet b = ;', 'SyntaxError: unexpected token', 2, 9],
    ['what is thrown', 'function f() {\n  throw new RangeError("too far");\n}\nf();', 'RangeError: too far', 2],
    ['what is thrown later', 'await null;\nnull.x', 'TypeError: cannot read property', 2],
    ['a promise that fails', '\n\nPromise.reject(new Error("no"))', 'Error: no', 3],
    ['a value that is no error', 'throw { code: 7 }', 'The code threw {"code":7}'],
    ['an import', 'import fs from "fs"', 'SyntaxError', 1],
    ['a number that JSON cannot hold', '10n ** 30n', 'cannot be written as JSON'],
    ['what holds itself', 'const a = {}; a.a = a; a', 'circular reference'],
    ['deep recursion', 'function f() { return f() + 1; }\nf()', 'stack overflow', 1],
    ['deep nesting', 'JSON.parse("[".repeat(100000))', 'the stack is full'],
    ['deep values', 'let a = []; for (let i = 0; i < 200; i += 1) a = [a]; a', 'nested more than 100 deep'],
    ['a promise that nobody settles', 'await new Promise(() => {})', 'a promise that nothing settles'],
  ])('says what is wrong and where for %s [TOL-3]', async (_, code, message, ...place) => {
    const failure = await failureOf(code);
    expect(failure.code).toBe('code_failed');
    expect(failure.message).toContain(message);
    expect(failure.message).not.toContain('/');
    const [line, column] = place;
    expect(failure.output).toMatchObject({ ...(line && { line }), ...(column && { column }) });
  });

  it('shows what was printed before a failure [TOL-3]', async () => {
    const failure = await failureOf('console.log("before"); null.x');
    expect(failure.output).toMatchObject({ stdout: 'before\n' });
  });
});
