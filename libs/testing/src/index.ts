export { type TestClone, type TestDatabaseOptions, cloneTestDatabase, createTestDatabase } from './test-database.js';
export { type TestServer, onDatabase, runOnce, testServer } from './test-server.js';
