import { defineConfig } from 'vitest/config';
import base from './vitest.config.js';

/** The long form of the tests that break things; `npm test` runs the same files with fewer rounds. */
export default defineConfig({
  ...base,
  test: {
    ...base.test,
    include: ['test/faults/**/*.spec.ts'],
    env: { FAULTS: 'long' },
    // They share the machine with the processes that they start.
    fileParallelism: false,
  },
});
