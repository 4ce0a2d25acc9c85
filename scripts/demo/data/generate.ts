/*
 * npm exec -- node scripts/demo/data/generate.ts             writes examples/data anew
 * npm exec -- node scripts/demo/data/generate.ts service-log prints an input that is made when it is needed
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { COMMITTED, makeInput } from './inputs.ts';

const FOLDER = join(import.meta.dirname, '../../../examples/data');

function writeAll(): void {
  for (const [name, make] of Object.entries(COMMITTED)) {
    const path = join(FOLDER, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, make());
    console.log(path);
  }
}

const wanted = process.argv[2];
const made = wanted === undefined ? undefined : makeInput(wanted);
if (wanted === undefined) {
  writeAll();
} else if (made) {
  process.stdout.write(made);
} else {
  console.error(`There is no input "${wanted}" that is made.`);
  process.exitCode = 2;
}
