import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';

export const ROOT = join(import.meta.dirname, '../..');

const result = z.object({
  summary: z.object({
    violations: z.array(z.object({ from: z.string(), to: z.string(), rule: z.object({ name: z.string() }) })),
    totalCruised: z.number(),
  }),
});

export interface Cruise {
  /** `rule: from → to` for each import that breaks a rule. */
  readonly violations: readonly string[];
  readonly modules: number;
}

/** Runs dependency-cruiser with the project's own rules over a tree. */
export async function cruise(root: string): Promise<Cruise> {
  const bin = join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs');
  const folders = ['libs', 'src', 'migrations', 'test'];
  const parameters = [bin, '--config', '.dependency-cruiser.mjs', '--output-type', 'json', ...folders];
  const output = await new Promise<string>((resolve, reject) => {
    const options = { cwd: root, maxBuffer: 256 * 1024 * 1024, timeout: 120_000 };
    execFile(process.execPath, parameters, options, (error, stdout, stderr) => {
      // It exits with the number of violations; without output it has failed itself.
      if (stdout === '') reject(new Error(stderr || error?.message));
      else resolve(stdout);
    });
  });
  const { summary } = result.parse(JSON.parse(output));
  const violations = summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`);
  return { violations: [...new Set(violations)].toSorted(), modules: summary.totalCruised };
}

/** A small tree of its own, with the project's rules, that holds the given files; removed when it goes out of scope. */
export async function temporaryTree(
  files: Readonly<Record<string, string>>,
): Promise<AsyncDisposable & { root: string }> {
  const root = await mkdtemp(join(tmpdir(), 'village-rules-'));
  await Promise.all(['.dependency-cruiser.mjs', 'tsconfig.json'].map((file) => cp(join(ROOT, file), join(root, file))));
  const manifest = {
    type: 'module',
    imports: { '#libs/*': './libs/*/src/index.ts' },
    dependencies: { framework: '1.0.0' },
    devDependencies: { tool: '1.0.0' },
  };
  const all: Record<string, string> = {
    'package.json': JSON.stringify(manifest),
    'node_modules/framework/package.json': '{"name":"framework","main":"index.js"}',
    'node_modules/framework/index.js': '',
    'node_modules/tool/package.json': '{"name":"tool","main":"index.js"}',
    'node_modules/tool/index.js': '',
    'libs/placeholder.ts': '',
    'src/placeholder.ts': '',
    'migrations/placeholder.ts': '',
    'test/placeholder.ts': '',
    ...files,
  };
  for (const [path, text] of Object.entries(all)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  return { root, [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }) };
}
