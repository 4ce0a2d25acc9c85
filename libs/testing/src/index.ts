export {
  type TestKeyOptions,
  type TestMember,
  type TestTenant,
  createApiKey,
  createMember,
  createTenant,
} from './factories.js';
export { type RunningTestServer, startOwnServer } from './start-test-server.js';
export { type TestAnswer, TestClient, type TestRequest } from './test-client.js';
export { type TestClone, type TestDatabaseOptions, cloneTestDatabase, createTestDatabase } from './test-database.js';
export { type TestProgram, startTestProgram } from './test-program.js';
export { type TestServer, onDatabase, runOnce, testServer } from './test-server.js';
export { TestStream, type TestStreamEvent } from './test-stream.js';
