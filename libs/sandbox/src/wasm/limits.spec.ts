import { once } from 'node:events';
import { get, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { NO_PYTHON, WasmBench } from '../conformance/wasm-bench.js';
import type { CodeWork, RunLimits, SandboxFailureCode } from '../sandbox.port.js';

const MIB = 1024 * 1024;
let bench: WasmBench;
beforeAll(async () => {
  bench = await WasmBench.open();
});
afterAll(() => bench.close());

type Case = readonly [what: string, code: string, ends: SandboxFailureCode, limits?: Partial<RunLimits>];

/** Beside what every sandbox has to stop; see conformance.spec.ts. */
const CASES: Record<CodeWork['kind'], readonly Case[]> = {
  javascript: [
    ['an endless loop', 'console.log("begun"); while (true);', 'sandbox_timeout', { wallMs: 500 }],
    [
      'an endless chain of promises',
      'const again = () => Promise.resolve().then(again); await again()',
      'sandbox_timeout',
      { wallMs: 500 },
    ],
    ['a loop that catches everything', 'for (;;) try { while (true); } catch {}', 'sandbox_timeout', { wallMs: 500 }],
    ['an expression that backtracks', '/^(a+)+$/.test("a".repeat(40) + "b")', 'sandbox_timeout', { wallMs: 500 }],
    [
      'a hog of memory',
      'const all = []; for (;;) all.push("x".repeat(100000) + all.length)',
      'sandbox_memory',
      { memoryBytes: 64 * MIB },
    ],
    ['one large text', '"x".repeat(2 ** 29)', 'sandbox_memory'],
    ['a flood of output', 'for (;;) console.log("x".repeat(1000))', 'sandbox_output'],
    ['a flood of errors', 'for (;;) console.error("\\u0001".repeat(1000))', 'sandbox_output'],
    ['a value that is too large', '"x".repeat(2 ** 20)', 'sandbox_output'],
    ['a small thing in many places', 'const one = []; Array(6e6).fill(one)', 'sandbox_output'],
  ],
  python: [
    [
      'an expression that backtracks',
      'import re\nre.match("^(a+)+$", "a" * 40 + "b")',
      'sandbox_timeout',
      { wallMs: 500 },
    ],
    [
      'a hog of memory beside the interpreter',
      'import js\nall = []\nwhile True: all.append(js.Uint8Array.new(2**20).fill(1))',
      'sandbox_memory',
    ],
    [
      'a flood past the interpreter',
      `
import js
fs = js.process.getBuiltinModule("node:fs")
while True:
    try:
        fs.writeSync(1, "x" * 2**16)
    except Exception:
        pass  # The pipe is full.`,
      'sandbox_output',
    ],
  ],
};

function casesOf(kind: CodeWork['kind']) {
  return CASES[kind].map(([what, code, ends, limits = {}]) => ({ what, code, ends, limits }));
}

describe.each(['javascript', 'python'] as const)('limits of %s', (kind) => {
  const skipped = kind === 'python' ? NO_PYTHON : '';

  it.skipIf(skipped !== '').each(casesOf(kind))(`stop $what [SBX-2]${skipped}`, async ({ code, ends, limits }) => {
    const failure = await bench.failure(kind, code, { limits });
    expect(failure.code).toBe(ends);
    expect(JSON.stringify(failure.output)).toContain(code.includes('begun') ? '"stdout":"begun\\n"' : '"stdout":"');
  });

  it.skipIf(skipped !== '')(
    `let the platform serve on while an endless loop runs, until it is cancelled [SBX-2]${skipped}`,
    async () => {
      const controller = new AbortController();
      const server = createServer((_, response) => response.end('served'));
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      onTestFinished(() => void server.close());
      const code = kind === 'python' ? 'while True: pass' : 'while (true);';
      const failure = bench.failure(kind, code, { signal: controller.signal, limits: { wallMs: 600_000 } });
      const { port } = server.address() as AddressInfo;
      for (let served = 0; served < 20; served += 1) expect(await textOf(port)).toBe('served');
      controller.abort();
      expect((await failure).code).toBe('cancelled');
    },
  );
});

describe('an input', () => {
  const files = { 'large.txt': 'ü'.repeat(8 * MIB) };

  it('may be 16 MiB of text, and does not count as memory of the code [SBX-2]', async () => {
    expect(await bench.value('javascript', 'files["large.txt"].length', { files })).toBe(8 * MIB);
  });

  it.skipIf(NO_PYTHON !== '')(`may be 16 MiB of text for Python, too [SBX-2]${NO_PYTHON}`, async () => {
    expect(await bench.value('python', 'len(files["large.txt"].encode())', { files })).toBe(16 * MIB);
  });

  it('is refused above 32 MiB [SBX-2]', async () => {
    const failure = await bench.failure('javascript', 'input.length', { input: 'x'.repeat(32 * MIB) });
    expect(failure).toMatchObject({ code: 'code_failed', message: expect.stringContaining('33554432 bytes') });
  });
});

async function textOf(port: number): Promise<string> {
  const request = get({ port, host: '127.0.0.1' });
  const [response] = (await once(request, 'response')) as [Readable];
  return Buffer.concat((await response.toArray()) as Buffer[]).toString();
}
