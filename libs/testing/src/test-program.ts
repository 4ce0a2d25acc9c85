import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { loadSettings } from '#libs/config';
import type { Database } from '#libs/persistence';
import { startProgram } from '../../../src/program.js';
import { TestClient } from './test-client.js';
import { createTestDatabase } from './test-database.js';
import { onDatabase, testServer } from './test-server.js';

/** The program on a free port, over a database of its own. */
export interface TestProgram {
  readonly url: string;
  /** The same database, for factories and for looking into it. */
  readonly database: Database;
  /** Where the program keeps its files. */
  readonly dataDir: string;
  /** A client signed in by a key, or by nothing. */
  client(token?: string): TestClient;
  /** Stops the program and removes what it left. */
  close(): Promise<void>;
}

/** Starts the whole program, without a first run. `environment` adds to the settings, by the variables' names. */
export async function startTestProgram(environment: Readonly<Record<string, string>> = {}): Promise<TestProgram> {
  const database = await createTestDatabase();
  const dataDir = await mkdtemp(join(tmpdir(), 'village-data-'));
  const clean = async () => {
    await database.close();
    await rm(dataDir, { recursive: true, force: true });
  };
  const settings = loadSettings({
    DATABASE_URL: database.connection.url,
    DATABASE_MIGRATION_URL: ownerUrlOf(database),
    DATA_DIR: dataDir,
    PORT: '0',
    BOOTSTRAP: '0',
    ROLE: 'api',
    ...environment,
  });
  try {
    const program = await startProgram(settings, { logger: pino({ level: 'silent' }) });
    const { url } = program;
    return {
      url,
      database,
      dataDir,
      client: (token) => new TestClient(url, token),
      close: async () => {
        try {
          await program.close();
        } finally {
          await clean();
        }
      },
    };
  } catch (error) {
    await clean();
    throw error;
  }
}

/** The owner's way into the same database: the role `all` migrates at its start. */
function ownerUrlOf(database: Database): string {
  return onDatabase(testServer().ownerUrl, new URL(database.connection.url ?? '').pathname.slice(1));
}
