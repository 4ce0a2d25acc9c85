import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '#libs/kernel';
import { Canary, WasmBench } from '../conformance/wasm-bench.js';

/**
 * All of this runs without a jail: QuickJS alone has to hold. It knows nothing but the language, so mostly there is
 * nothing to call. On machines with a jail the same code has that around it, too.
 */
let bench: WasmBench;
let canary: Canary;
beforeAll(async () => {
  canary = await Canary.open(process.env);
  bench = await WasmBench.open({ jails: [] });
});
afterAll(async () => {
  await bench.close();
  await canary.close();
});

/** What came of an attempt, as text. The code finds the canary's file, variable and port in `input`. */
async function attempt(code: string): Promise<string> {
  const input = {
    file: canary.file,
    folder: canary.folder,
    variable: canary.variable,
    port: canary.port,
    pid: process.pid,
  };
  const outcome = await bench.run('javascript', code, { input }).catch((error: unknown) => error);
  return outcome instanceof Error ? `${outcome.name}: ${outcome.message}` : JSON.stringify(outcome);
}

const NAMES = [
  'process',
  'require',
  'module',
  'global',
  'Buffer',
  'fetch',
  'XMLHttpRequest',
  'WebSocket',
  'EventSource',
  'Worker',
  'WebAssembly',
  'Deno',
  'Bun',
  'std',
  'os',
  'bjson',
  'scriptArgs',
  'loadScript',
  'setTimeout',
  'navigator',
  'document',
];

describe('JavaScript that tries to get out', () => {
  describe('by what it might find', () => {
    let types: JsonObject;
    beforeAll(async () => {
      const code = `({ ${NAMES.map((name) => `${name}: typeof ${name}`).join(', ')} })`;
      types = (await bench.value('javascript', code)) as JsonObject;
    });

    it.each(NAMES)('finds no `%s`: the interpreter has none [SBX-1]', (name) => {
      expect(types[name]).toBe('undefined');
    });
  });

  it.each([
    [
      'the global object by a constructor',
      'this.constructor.constructor("return process")()',
      "'process' is not defined",
    ],
    [
      'the global object by a function of the host',
      'console.log.constructor("return process")()',
      "'process' is not defined",
    ],
    ['the environment', 'new Function("return process.env[input.variable]")()', "'process' is not defined"],
    [
      'the host by an error',
      'try { null.x } catch (error) { error.constructor.constructor("return process")() }',
      "'process' is not",
    ],
    [
      'the host by how stacks are made',
      'Error.prepareStackTrace = (_, frames) => frames; new Error().stack[0].getThis().process',
      '',
    ],
    [
      'a file by a module of Node',
      'import("node:fs").then((fs) => fs.readFileSync(input.file, "utf8"))',
      'could not load module',
    ],
    ['a file as a module', 'import(input.file)', 'could not load module'],
    ['a file by its URL', 'import("file://" + input.file)', 'could not load module'],
    ['modules of QuickJS', 'import("std").then((std) => std.loadFile(input.file))', 'could not load module'],
    ['programs', 'import("os").then((os) => os.exec(["cat", input.file]))', 'could not load module'],
    ['other processes', 'import("node:process").then((process) => process.kill(input.pid))', 'could not load module'],
    [
      'native code',
      'import("node:process").then((process) => process.dlopen({}, "libc.so.6"))',
      'could not load module',
    ],
    ['/proc', 'import("node:fs").then((fs) => fs.readFileSync("/proc/self/environ"))', 'could not load module'],
    ['the network', 'import("node:net").then((net) => net.connect(input.port))', 'could not load module'],
    ['a static module', 'import fs from "node:fs"; fs.readFileSync(input.file)', 'SyntaxError'],
  ])('does not reach %s: refused by the interpreter [SBX-1]', async (_, code, refusal) => {
    const outcome = await attempt(code);
    expect(outcome).toMatch(/^SandboxFailure: /);
    expect(outcome).toContain(refusal);
    expect(outcome).not.toContain(canary.secret);
  });

  it.each<[string, string, JsonValue]>([
    ['prototypes', 'Object.prototype.value = "forged"; Object.prototype.polluted = true; 1', 1],
    ['how values become JSON', 'JSON.stringify = () => "forged"; Array.prototype.toJSON = () => 2; [1]', 2],
    ['promises', 'Promise.prototype.then = () => "forged"; Promise.resolve(3)', 3],
    [
      '`__proto__` as an accessor',
      'Object.defineProperty(Object.prototype, "__proto__", { get: () => "forged" }); 4',
      4,
    ],
  ])('changes %s for itself only: harmless, for the realm ends with the run [SBX-1]', async (_, code, expected) => {
    expect(await bench.value('javascript', code)).toEqual(expected);
    expect(await bench.value('javascript', '[{}.polluted, {}.value, JSON.stringify([1])]')).toEqual([
      null,
      null,
      '[1]',
    ]);
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });

  it('cannot hand out `__proto__` as a key: refused by what reads the answer [SBX-1]', async () => {
    const outcome = await attempt('JSON.parse(\'{"__proto__": {"polluted": true}}\')');
    expect(outcome).toContain('has `__proto__` as a key');
  });

  it('cannot forge an answer by printing one: harmless, what is printed stays text [SBX-1]', async () => {
    const result = await bench.run('javascript', 'console.log(\'\\n["value","forged"]\\n\'); "true"');
    expect(result).toMatchObject({ value: 'true', stdout: '\n["value","forged"]\n\n' });
  });

  it('finds nothing of a run before it: harmless, each has a process of its own [SBX-1]', async () => {
    await bench.value('javascript', 'globalThis.left = 1; Array.prototype.left = 2; 0');
    expect(await bench.value('javascript', 'typeof left + [].left')).toBe('undefinedundefined');
  });

  it('has made no connection in all of this [SBX-1]', () => {
    expect(canary.connections).toBe(0);
  });
});
