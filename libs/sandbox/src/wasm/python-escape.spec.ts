import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { connect } from 'node:net';
import type { JsonObject, JsonValue } from '#libs/kernel';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { Canary, NO_PYTHON, WORKING_JAILS, WasmBench } from '../conformance/wasm-bench.js';

/** Tries all attempts in one run. The code of each ends with an expression; `target` says what it is after. */
const TRY_ALL = `
from __main__ import outcome_of
import asyncio
outcomes = {}
for name, source in input["attempts"].items():
    try:
        outcome = await asyncio.wait_for(outcome_of(source, {"target": input["target"]}), 5)
        outcomes[name] = f"got {outcome['value']!r}" if "value" in outcome else outcome["failed"]["message"]
    except BaseException as error:
        outcomes[name] = f"{type(error).__name__}: {error}"
outcomes
`;

const NODE = 'import js\nmodule = js.process.getBuiltinModule\n';

/** By the wall that they meet, what they are after: the code, and how it fails. */
const REFUSED: Record<string, Record<string, readonly [code: string, refusal: RegExp]>> = {
  'the file system of Pyodide, which is in memory': {
    'a file of the host': ['open(target["file"]).read()', /FileNotFoundError/],
    'a file by a symbolic link': [
      'import os\nos.symlink(target["file"], "/tmp/link")\nopen("/tmp/link").read()',
      /FileNotFoundError/,
    ],
    'a hard link': [
      'import os\nos.link(target["file"], "/tmp/hard")',
      /AttributeError: module 'os' has no attribute 'link'/,
    ],
    '/proc by Python': ['open("/proc/1/environ").read()', /FileNotFoundError/],
    'the environment by Python': ['import os\nos.environ[target["variable"]]', /KeyError/],
  },
  'WebAssembly, which has no such calls': {
    'programs by subprocess': [
      'import subprocess\nsubprocess.run(["id"])',
      /OSError: .*emscripten does not support processes/,
    ],
    'programs by os.fork': ['import os\nos.fork()', /OSError: .*Function not implemented/],
    'native code by ctypes': [
      'import ctypes\nctypes.CDLL("libc.so.6").getpid()',
      /OSError: could not load dynamic lib/,
    ],
    'other processes by os.kill': [
      'import os\nos.kill(target["pid"], 9)',
      /PermissionError: .*Operation not permitted/,
    ],
    threads: ['import threading\nthreading.Thread(target=print).start()', /RuntimeError/],
  },
  'the permission model of Node': {
    'a file by node:fs': [
      `${NODE}module("node:fs").readFileSync(target["file"], "utf8")`,
      /Access to this API has been restricted/,
    ],
    'the environment by /proc': [`${NODE}module("node:fs").readFileSync("/proc/self/environ", "utf8")`, /restricted/],
    'mounts of the host by /proc': [
      `${NODE}module("node:fs").readFileSync("/proc/self/mountinfo", "utf8")`,
      /restricted/,
    ],
    'a file by a module of the language': [
      'import pyodide.code\nawait pyodide.code.run_js("(path) => import(\'node:fs\').then((fs) => fs.readFileSync(path, \'utf8\'))")(target["file"])',
      /restricted/,
    ],
    'a file by require': [
      'import js\njs.process.getBuiltinModule("node:module").createRequire("/")(target["file"])',
      /restricted|Cannot find module/,
    ],
    'a file by a mount of Pyodide': [
      'import pyodide_js, os\npyodide_js.mountNodeFS("/host", target["folder"])\nopen("/host/canary.txt").read()',
      /hostPath '.*' (does not exist|is not)/,
    ],
    'a file by a mount of Emscripten': [
      `import pyodide_js
from pyodide.code import run_js
mount = run_js("""(fs) => {
  try {
    fs.mkdir('/all');
    fs.mount(fs.filesystems.NODEFS, { root: '/' }, '/all');
  } catch (error) {
    throw new Error('mount: ' + error.name);
  }
}""")
mount(pyodide_js.FS)
open("/all" + target["file"]).read()`,
      /mount: ErrnoError|FileNotFoundError|PermissionError/,
    ],
    'writing beside the canary': [
      `${NODE}module("node:fs").writeFileSync(target["folder"] + "/written", "1")`,
      /restricted/,
    ],
    'writing anywhere': [`${NODE}module("node:fs").writeFileSync("/tmp/written", "1")`, /restricted/],
    'links to the host': [`${NODE}module("node:fs").symlinkSync(target["file"], "/tmp/link")`, /ERR_ACCESS_DENIED/],
    'programs by node:child_process': [`${NODE}module("node:child_process").execSync("id").toString()`, /restricted/],
    'a worker without this wall': [
      `${NODE}module("node:worker_threads").Worker.new("process.exit()", eval=True)`,
      /restricted/,
    ],
    'native code by dlopen': [
      'import js\njs.process.dlopen(js.Object.new(), "/lib/x86_64-linux-gnu/libc.so.6")',
      /Cannot load native/,
    ],
    'a report with the environment': [`${NODE}js.process.report.writeReport("/tmp/report.json")`, /ERR_ACCESS_DENIED/],
    'a debugger': [`${NODE}module("node:inspector").open(0)`, /restricted/],
  },
  'namespaces of the jail': {
    'the server by node:net': [
      `${NODE}import asyncio
done = asyncio.get_event_loop().create_future()
socket = module("node:net").connect(target["port"], "127.0.0.1")
from pyodide.ffi import create_proxy
socket.on("error", create_proxy(lambda error: done.set_exception(OSError(error.code))))
socket.on("connect", create_proxy(lambda *_: done.set_result("connected")))
await done`,
      /OSError: ECONN|OSError: ENET/,
    ],
    'the server by fetch': [
      'import js\n(await js.fetch(f"http://127.0.0.1:{target[\'port\']}/")).status',
      /fetch failed/,
    ],
    'the server by pyodide.http': [
      'import pyodide.http\nawait (await pyodide.http.pyfetch(f"http://127.0.0.1:{target[\'port\']}/")).string()',
      /AbortError: fetch failed/,
    ],
    'packages by micropip': [
      'import pyodide_js\nawait pyodide_js.loadPackage("numpy")\nimport numpy\nnumpy.__version__',
      /no module 'numpy'/,
    ],
    'the process of the test': ['import js\njs.process.kill(target["pid"], 0)', /ESRCH|EPERM/],
    'rights of root': ['import js\njs.process.setuid(0)', /EPERM|EINVAL/],
  },
  'nobody: there is no such thing': {
    'the server by a socket of Python': [
      'import socket\nsocket.create_connection(("127.0.0.1", target["port"]), 2)',
      /OSError: .*Host is unreachable/,
    ],
    'the server by urllib': [
      'import urllib.request\nurllib.request.urlopen(f"http://127.0.0.1:{target[\'port\']}/", timeout=2).read()',
      /URLError: .*Host is unreachable/,
    ],
    'the server by XMLHttpRequest': [
      'import js\nrequest = js.XMLHttpRequest.new()\nrequest.open("GET", f"http://127.0.0.1:{target[\'port\']}/", False)\nrequest.send()',
      /AttributeError/,
    ],
  },
};

/** What succeeds and is of no use. */
const HARMLESS: Record<string, readonly [code: string, outcome: RegExp]> = {
  'the environment of the child, which is empty': [
    'import js\njs.JSON.stringify(js.process.env)',
    /^got '\{[^}]{0,60}\}'$/,
  ],
  'the bindings of Node, of which only constants are left': [
    'import js\njs.Object.keys(js.process.binding("spawn_sync")).to_py()',
    /^got \['fs'\]$/,
  ],
  'the constructor of functions, which leads to the child': [
    'import js\njs.Object.constructor("return process.pid")()',
    /^got \d+$/,
  ],
  'the host name, which is the name of the jail': [`${NODE}module("node:os").hostname()`, /^got /],
};

describe.skipIf(NO_PYTHON !== '')(`Python that tries to get out${NO_PYTHON}`, () => {
  let canary: Canary;
  beforeAll(async () => {
    canary = await Canary.open(process.env);
  });
  afterAll(() => canary.close());

  describe.each(WORKING_JAILS)('of the jail "%s"', (jail) => {
    let bench: WasmBench;
    let outcomes: JsonObject;
    beforeAll(async () => {
      bench = await WasmBench.open({}, jail);
      const { file, folder, variable, port } = canary;
      const all = Object.entries(Object.assign({}, ...Object.values(REFUSED), HARMLESS) as typeof HARMLESS);
      const attempts = Object.fromEntries(all.map(([name, [code]]) => [name, code]));
      const target = { file, folder, variable, port, pid: process.pid };
      outcomes = (await bench.value('python', TRY_ALL, { input: { attempts, target } })) as JsonObject;
    });
    afterAll(() => bench.close());

    for (const [wall, attempts] of Object.entries(REFUSED)) {
      it.each(Object.entries(attempts))(`does not reach %s: blocked by ${wall} [SBX-1]`, (name, [, refusal]) => {
        expect(outcomes[name]).toMatch(refusal);
        expect(outcomes[name]).not.toMatch(/^got /);
      });
    }

    it.each(Object.entries(HARMLESS))('reaches %s: harmless [SBX-1]', (name, [, outcome]) => {
      expect(outcomes[name]).toMatch(outcome);
    });

    it('has seen nothing of the canary, written nothing and made no connection [SBX-1]', async () => {
      expect(JSON.stringify(outcomes)).not.toContain(canary.secret);
      expect(await readdir(canary.folder)).toEqual(['canary.txt']);
      expect(canary.connections).toBe(0);
    });
  });

  it('would have been seen: the server counts who does connect [SBX-1]', async () => {
    const socket = connect(canary.port, '127.0.0.1');
    await once(socket, 'close');
    expect(canary.connections).toBe(1);
  });

  it.each<[string, string, JsonValue]>([
    [
      'writing an answer to the pipe',
      `${NODE}module("node:fs").writeSync(1, '["value","its own"]\\n["value","second"]\\n')\n1`,
      'its own',
    ],
    [
      'writing nonsense to the pipe',
      `${NODE}module("node:fs").writeSync(1, '\\n[[[\\n{"value": 1}\\n["failed"\\n')\n"whole"`,
      'whole',
    ],
    [
      'taking over how values are written',
      'import json\njson.dumps = lambda _: \'{"value": "its own"}\'\n1',
      'its own',
    ],
  ])('spoils its own answer by %s: harmless [SBX-1]', async (_, code, expected) => {
    const bench = await WasmBench.open();
    onTestFinished(() => bench.close());
    expect(await bench.value('python', code)).toEqual(expected);
  });
});
