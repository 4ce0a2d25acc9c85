import { existsSync, globSync, readFileSync } from 'node:fs';
import { findFaults, readFeatures } from './features.ts';

const paths = globSync(['libs/**/*.{spec,suite}.ts', 'src/**/*.spec.ts', 'scripts/**/*.spec.ts', 'test/**/*.ts']);
const tests = paths.map((path) => ({ path, text: readFileSync(path, 'utf8') }));
const faults = findFaults(readFeatures(readFileSync('docs/features.md', 'utf8')), tests, existsSync);
for (const fault of faults) console.log(fault);
process.exitCode = faults.length === 0 ? 0 : 1;
