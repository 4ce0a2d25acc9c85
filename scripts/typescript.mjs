// node --import ./scripts/typescript.mjs file.ts: runs TypeScript from the sources, decorators and parameter
// properties included, which Node's own type stripping leaves out. For tools and benchmarks; the program runs from dist.
import { readFileSync } from 'node:fs';
import { registerHooks, setSourceMapsSupport } from 'node:module';
import { fileURLToPath } from 'node:url';
import { transformSync } from '@swc/core';

setSourceMapsSupport(true);

registerHooks({
  resolve(specifier, context, nextResolve) {
    if (specifier.startsWith('#libs/')) {
      return nextResolve(specifier, { ...context, conditions: ['development', ...context.conditions] });
    }
    try {
      return nextResolve(specifier, context);
    } catch (error) {
      // NodeNext imports name the file that a build would make.
      if (!/^\.{1,2}\/.*\.js$/.test(specifier)) throw error;
      return nextResolve(specifier.replace(/\.js$/, '.ts'), context);
    }
  },
  load(url, context, nextLoad) {
    if (!url.endsWith('.ts') || url.includes('/node_modules/')) return nextLoad(url, context);
    const filename = fileURLToPath(url);
    const { code } = transformSync(readFileSync(filename, 'utf8'), { filename, sourceMaps: 'inline' });
    return { format: 'module', source: code, shortCircuit: true };
  },
});
