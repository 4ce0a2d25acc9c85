import { defineConfig } from 'vitest/config';
import base from './vitest.config.js';

/** The tests that break things: their long form, or with FAULTS=short all of them with fewer rounds. */
const length = process.env['FAULTS'] ?? 'long';

export default defineConfig({
  ...base,
  test: {
    ...base.test,
    include: ['test/faults/**/*.spec.ts'],
    exclude: ['**/node_modules/**'],
    env: { FAULTS: length },
    // Many rounds share the machine with the processes that they start.
    fileParallelism: length !== 'long',
  },
});
