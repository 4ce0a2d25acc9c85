import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '#libs/kernel';
import { NO_PYTHON, WasmBench } from '../conformance/wasm-bench.js';

let bench: WasmBench;
beforeAll(async () => {
  bench = await WasmBench.open();
});
afterAll(() => bench.close());

/** Loading takes more than a second: so one run tries many things, each as if it were a run of its own. */
const TRY_ALL = `
from __main__ import outcome_of
outcomes = {}
for name, source in input.items():
    outcome = await outcome_of(source, {"files": files})
    outcomes[name] = outcome["value"] if "value" in outcome else outcome["failed"]
outcomes
`;

/** What code gives, by what it uses. */
const LIBRARY: Record<string, readonly [source: string, expected: unknown]> = {
  csv: ['import csv\nsum(float(row["n"]) for row in csv.DictReader(files["a.csv"].splitlines()))', 3.5],
  json: ['import json\njson.loads("[1, null]")', [1, null]],
  re: ['import re\nre.sub("([0-9]+)", lambda found: f"<{found[1]}>", "a12")', 'a<12>'],
  statistics: ['import statistics\nstatistics.median([3, 1, 2])', 2],
  datetime: ['import datetime\ndatetime.date(2026, 2, 28).isoformat()', '2026-02-28'],
  collections: ['import collections\ncollections.Counter("aab")', { a: 2, b: 1 }],
  hashlib: ['import hashlib\nhashlib.sha256(b"").hexdigest()[:8]', 'e3b0c442'],
  decimal: ['import decimal\nstr(decimal.Decimal("0.1") + decimal.Decimal("0.2"))', '0.3'],
  asyncio: ['import asyncio\nawait asyncio.sleep(0.01, "slept")', 'slept'],
  'asyncio.run': ['import asyncio\nasync def main():\n    return 4\nasyncio.run(main())', 4],
  'its own files': ['open("/tmp/a", "w").write("abc")\nopen("/tmp/a").read()', 'abc'],
  'no value': ['a = 1', null],
  'an exit': ['import sys\nsys.exit()', null],
};

type Place = readonly [line: number, column: number];
/** What is said about code that fails, and where. */
const FAILURES: Record<string, readonly [source: string, message: string, place?: Place]> = {
  'a wrong spelling': ['a = 1\nb = (\n', "SyntaxError: '(' was never closed", [2, 5]],
  'what is raised': ['def f():\n    x = 1 / 0\n\nf()', 'ZeroDivisionError: division by zero', [2, 9]],
  'a package': ['\nimport numpy', "there is no module 'numpy' here. Only the standard library", [2, 1]],
  'what needs the network': ['import micropip', "there is no module 'micropip' here.", [1, 1]],
  'deep recursion': ['def f():\n    return f()\nf()', 'RecursionError: maximum recursion depth exceeded', [2, 12]],
  'too much at once': ['a = bytearray(2**31 - 1)', 'MemoryError: the code needs more memory', [1, 5]],
  'the keyboard': ['import builtins\nbuiltins.input()', 'EOFError: EOF when reading a line', [2, 1]],
  'an exit with a status': ['import sys\nsys.exit(3)', 'ended itself by sys.exit(3)'],
  'a set': ['{"a": [1, {2}]}', "the value['a'][1] is of type set: convert it"],
  'a key': ['{(1, 2): 3}', 'a key of the value is of type tuple'],
  'a large integer': ['2**64', 'an integer beyond 2**53 - 1, which would lose digits'],
  'what is no number': ['float("nan")', 'the value is nan, which JSON does not have'],
  'what holds itself': ['a = []\na.append(a)\na', 'nested more than 100 deep, or holds itself'],
};

describe.skipIf(NO_PYTHON !== '')(`Python${NO_PYTHON}`, () => {
  it('gives the value of the last expression, and what was printed [TOL-3]', async () => {
    const code = `
import sys
print("counted", len(files))
print("told", file=sys.stderr, end="")
{"n": input["n"] * 2, "list": (1, 2.5, None, True, "ü"), 3: {"nested": []}}`;
    expect(await bench.run('python', code, { input: { n: 21 }, files: { 'a.txt': 'x' } })).toEqual({
      exitCode: 0,
      stdout: 'counted 1\n',
      stderr: 'told',
      value: { n: 42, list: [1, 2.5, null, true, 'ü'], 3: { nested: [] } },
    });
  });

  describe('many things in one run', () => {
    let outcomes: JsonObject;
    beforeAll(async () => {
      const sources = Object.entries({ ...LIBRARY, ...FAILURES }).map(([name, [source]]) => [name, source] as const);
      const extras = { input: Object.fromEntries(sources), files: { 'a.csv': 'n,m\n1,2\n2.5,3\n' } };
      outcomes = (await bench.value('python', TRY_ALL, extras)) as JsonObject;
    });

    it.each(Object.entries(LIBRARY))('has %s [TOL-3]', (name, [, expected]) => {
      expect(outcomes[name]).toEqual(expected);
    });

    it.each(Object.entries(FAILURES))('says what is wrong and where for %s [TOL-3]', (name, [, message, place]) => {
      const [line, column] = place ?? [];
      expect(outcomes[name]).toMatchObject({
        message: expect.stringContaining(message),
        ...(place && { line, column }),
      });
    });
  });

  it('gives the place of a failure, and what was printed before it [TOL-3]', async () => {
    const failure = await bench.failure('python', 'print("before")\nnothing');
    expect(failure).toMatchObject({ code: 'code_failed', output: { stdout: 'before\n', line: 2, column: 1 } });
    expect(failure.message).toBe("NameError: name 'nothing' is not defined (line 2, column 1)");
  });

  it.each([
    [
      'nests so deeply that the interpreter breaks',
      'a = []\nfor _ in range(100000): a = [a]\nrepr(a)',
      'the stack is full',
    ],
    ['waits for nothing', 'import asyncio\nawait asyncio.Future()', 'waits for something that never happens'],
  ])('ends code that %s [SBX-2]', async (_, code, message) => {
    expect((await bench.failure('python', code)).message).toContain(message);
  });
});
