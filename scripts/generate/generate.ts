import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Generated } from './generated.ts';
import { configurationPage } from './configuration-page.ts';
import { environmentExample } from './environment-example.ts';
import { failureTables } from './failure-tables.ts';
import { playbookReferencePart } from './playbook-reference.ts';
import { stateDiagramPart } from './state-diagram.ts';

/** npm run generate writes these files (or parts of files) anew; `--check` fails where one differs from what it would write. */
const FILES: readonly Generated[] = [
  environmentExample,
  configurationPage,
  stateDiagramPart,
  playbookReferencePart,
  ...failureTables,
];

const ROOT = join(import.meta.dirname, '../..');
const checkOnly = process.argv.includes('--check');

for (const { path, render } of FILES) {
  const file = join(ROOT, path);
  const present = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const wanted = await render(present);
  if (wanted === present) continue;
  if (checkOnly) {
    console.log(`${path} is not what its source says. Run "npm run generate" and commit the result.`);
    process.exitCode = 1;
  } else {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, wanted);
    console.log(`wrote ${path}`);
  }
}
