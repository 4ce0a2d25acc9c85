import { createRequire } from 'node:module';
import { extname, join } from 'node:path';
import type { JailMount } from '../jail/jail.js';
import type { CodeWork } from '../sandbox.port.js';

/** How the interpreter of a language is started. */
export interface Interpreter {
  readonly kind: CodeWork['kind'];
  /** As people call it. */
  readonly name: string;
  /** The program of the child process, without its ending: `.ts` in the sources, `.js` in a build. */
  readonly child: string;
  /** What the child imports, and what that imports. */
  readonly packages: readonly string[];
  /** Whether it may also run without a jail: only where the interpreter is a boundary itself. */
  readonly isBoundary: boolean;
  /** Memory beside its limit that the interpreter may come to need after it is ready, e.g. for compiled code. */
  readonly growthBytes: number;
  /** Options of Node for a run that may take so much memory. */
  nodeOptions(memoryBytes: number): readonly string[];
}

const MIB = 1024 * 1024;
const PAGE_BYTES = 64 * 1024;
/** 4 GiB: WebAssembly of 32 bits has no more. */
const MAX_PAGES = 65_536;
/** The linear memory of Pyodide once it is loaded is 30 MiB. */
const PYODIDE_BYTES = 32 * MIB;

export const INTERPRETERS: Readonly<Record<CodeWork['kind'], Interpreter>> = {
  javascript: {
    kind: 'javascript',
    name: 'JavaScript',
    child: 'javascript',
    packages: ['quickjs-emscripten-core', '@jitl/quickjs-ffi-types', '@jitl/quickjs-wasmfile-release-sync'],
    isBoundary: true,
    growthBytes: 32 * MIB,
    nodeOptions: () => [],
  },
  python: {
    kind: 'python',
    name: 'Python',
    child: 'python',
    packages: ['pyodide'],
    isBoundary: false,
    growthBytes: 32 * MIB,
    // Python then gets a MemoryError where the supervisor could only stop the run.
    nodeOptions: (memoryBytes) => [
      `--wasm-max-mem-pages=${Math.min(Math.ceil((PYODIDE_BYTES + memoryBytes) / PAGE_BYTES), MAX_PAGES)}`,
    ],
  },
};

/** Where an interpreter finds its files: as mounted in a jail, or as they lie on the host. */
export type Surroundings = 'jail' | 'host';

/** What is mounted into a jail, and what is started in there. */
export interface Layout {
  readonly argv: readonly string[];
  readonly readOnly: readonly JailMount[];
  readonly cwd: string;
}

const INSIDE = '/sandbox';
const CHILDREN = join(import.meta.dirname, 'children');
/** This file has the ending that the children have: they come from the sources as well, or from the same build. */
const ENDING = extname(import.meta.filename);
const require = createRequire(import.meta.url);

/** The folder of an installed package; undefined where it is missing. */
export function packageFolder(name: string): string | undefined {
  try {
    const entry = require.resolve(name);
    const folder = join('node_modules', name);
    return entry.slice(0, entry.lastIndexOf(folder) + folder.length);
  } catch {
    return undefined;
  }
}

/** Node may read what is named here and nothing else: its permission model is a second wall within the jail. */
export function layoutOf(interpreter: Interpreter, memoryBytes: number, surroundings: Surroundings): Layout {
  const packages = interpreter.packages.map((name) => ({
    source: packageFolder(name) ?? '',
    target: join(INSIDE, 'node_modules', name),
  }));
  const children = { source: CHILDREN, target: join(INSIDE, 'children') };
  const node = { source: process.execPath, target: join(INSIDE, 'node') };
  const place = surroundings === 'jail' ? 'target' : 'source';
  return {
    argv: [
      node[place],
      '--permission',
      ...[children, ...packages].map((mount) => `--allow-fs-read=${mount[place]}`),
      ...interpreter.nodeOptions(memoryBytes),
      join(children[place], `${interpreter.child}${ENDING}`),
    ],
    readOnly: [node, children, ...packages],
    cwd: children[place],
  };
}
