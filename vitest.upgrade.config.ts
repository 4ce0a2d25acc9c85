import { defineConfig } from 'vitest/config';
import base from './vitest.config.js';

/** Starts this version on the data of those before. It brings its own database with it. */
export default defineConfig({
  ...base,
  test: {
    ...base.test,
    include: ['test/upgrade/**/*.spec.ts'],
    exclude: ['**/node_modules/**'],
    globalSetup: [],
    testTimeout: 90_000,
    // The version is installed first.
    hookTimeout: 300_000,
    fileParallelism: false,
  },
});
