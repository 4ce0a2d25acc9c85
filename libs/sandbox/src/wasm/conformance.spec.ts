import { type SampleWork, describeSandboxProvider } from '../conformance/sandbox-provider.suite.js';
import { NO_PYTHON, WasmBench } from '../conformance/wasm-bench.js';
import type { CodeWork } from '../sandbox.port.js';

function work(kind: CodeWork['kind'], code: string): CodeWork {
  return { kind, code, input: null, files: {} };
}

const SAMPLES: readonly SampleWork[] = [
  {
    kind: 'javascript',
    unavailable: '',
    greets: work('javascript', 'console.log("hello")'),
    neverEnds: work('javascript', 'console.log("begun"); while (true);'),
    floods: work('javascript', 'for (;;) console.log("more and more")'),
    hogs: work('javascript', 'const all = []; for (;;) all.push("x".repeat(100000) + all.length)'),
  },
  {
    kind: 'python',
    unavailable: NO_PYTHON,
    greets: work('python', 'print("hello")'),
    neverEnds: work('python', 'print("begun", flush=True)\nwhile True: pass'),
    floods: work('python', 'while True: print("more and more")'),
    hogs: work('python', 'all = []\nwhile True: all.append("x" * 100000)'),
  },
];

describeSandboxProvider('WasmProvider as a sandbox', SAMPLES, async () => {
  const bench = await WasmBench.open();
  return { provider: bench.provider, work: SAMPLES, close: () => bench.close() };
});
