import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');
const FOREIGN = /(^|\/)node_modules\//;
const GENERATED = /\.generated\.ts$|(^|\/)fixtures\//;

export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** Every TypeScript file of the libraries, the product, the migrations and the tests. Left out: generated files, and packages (test/bench/peers has its own). */
export function sourceFiles(): SourceFile[] {
  return globSync(['libs/**/*.ts', 'src/**/*.ts', 'migrations/*.ts', 'test/**/*.ts'], { cwd: ROOT })
    .filter((path) => !FOREIGN.test(path) && !GENERATED.test(path))
    .toSorted()
    .map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }));
}

/** Whether a file is there for tests only. */
export function isTest(path: string): boolean {
  return /\.spec\.ts$|^test\/|^libs\/testing\/|\/conformance\//.test(path);
}
