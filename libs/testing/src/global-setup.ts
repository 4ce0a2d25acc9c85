import type { TestProject } from 'vitest/node';
import { startOwnServer, useServer } from './start-test-server.js';

/**
 * Runs once for all test files: starts the database server, or uses the one of TEST_DATABASE_URL (an administrator's
 * URL, so that the same tests run on another version), and migrates the template.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const url = process.env.TEST_DATABASE_URL;
  const running = await (url ? useServer(url) : startOwnServer());
  project.provide('testServer', running.server);
  return () => running.stop();
}
