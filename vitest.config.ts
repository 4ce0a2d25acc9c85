import { defineConfig } from 'vitest/config';

/** What `npm test` shows of processes that are killed: a short form of the worst. `npm run test:faults` runs all. */
const OTHER_FAULTS = 'test/faults/!(kills|restarts|switches).spec.ts';

export default defineConfig({
  // `#libs/*` leads to the sources here, not to what was built.
  resolve: { conditions: ['development'] },
  test: {
    include: ['libs/**/*.spec.ts', 'src/**/*.spec.ts', 'test/**/*.spec.ts'],
    exclude: ['test/bench/**', 'test/upgrade/**', OTHER_FAULTS, '**/node_modules/**', 'dist/**'],
    globalSetup: ['libs/testing/src/global-setup.ts'],
    // Files share the modules that a worker has loaded (Nest and TypeORM take a second): no test may change a module's
    // state, and each has a database of its own.
    pool: 'threads',
    isolate: false,
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    teardownTimeout: 30_000,
  },
});
