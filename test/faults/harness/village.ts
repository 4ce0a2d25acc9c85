import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database } from '#libs/persistence';
import {
  TestClient,
  type TestDatabaseOptions,
  type TestMember,
  type TestTenant,
  createApiKey,
  createMember,
  createTenant,
  createTestDatabase,
} from '#libs/testing';
import { ChildProgram } from '../../journeys/child-program.js';
import { builtMain } from './built-main.js';
import { Witness } from './witness.js';

/** A tenant with the key of its admin, and of an operator, since nobody approves their own request. */
export interface Inhabitant {
  readonly tenant: TestTenant;
  readonly token: string;
  readonly operatorToken: string;
}

export interface VillageOptions {
  /** Settings of every process. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly server?: TestDatabaseOptions['server'];
}

export interface ProcessOptions {
  /** Settings of this process alone. */
  readonly environment?: Readonly<Record<string, string>>;
  /** A module of `preloads/` that Node loads before the program. */
  readonly preload?: string;
}

/**
 * The program as it is run by an organisation: processes of their own on one database, with a witness outside. `close`
 * ends every process that was started here, whatever became of the test.
 */
export class Village {
  private readonly processes = new Map<ChildProgram, 'api' | 'worker'>();

  private constructor(
    private readonly main: string,
    /** The same database, to look into it. */
    readonly database: Database,
    /** Shared by all processes but further APIs, which lock theirs. */
    readonly dataDir: string,
    readonly witness: Witness,
    private readonly environment: Readonly<Record<string, string>>,
  ) {}

  static async open({ environment = {}, server }: VillageOptions = {}): Promise<Village> {
    const main = await builtMain();
    const database = await createTestDatabase({ ...(server && { server }) });
    const [dataDir, witness] = [await mkdtemp(join(tmpdir(), 'village-faults-')), await Witness.open()];
    return new Village(main, database, dataDir, witness, environment);
  }

  start(role: 'api' | 'worker', { environment = {}, preload }: ProcessOptions = {}): ChildProgram {
    const settings = {
      ROLE: role,
      DATABASE_URL: this.database.connection.url ?? '',
      DATA_DIR: this.dataDir,
      OUTBOUND_ALLOW: this.witness.entry,
      LOG_LEVEL: 'error',
      ...this.environment,
      ...environment,
    };
    const modules = ['end-with-parent.mjs', ...(preload === undefined ? [] : [preload])];
    const imports = modules.flatMap((module) => ['--import', join(import.meta.dirname, '../preloads', module)]);
    const program = new ChildProgram({ VILLAGE_MAIN: this.main, ...settings }, [...imports, this.main]);
    this.processes.set(program, role);
    return program;
  }

  worker(options?: ProcessOptions): ChildProgram {
    return this.start('worker', options);
  }

  /** A worker that can have work. */
  async readyWorker(options?: ProcessOptions): Promise<ChildProgram> {
    const worker = this.worker(options);
    await worker.ready();
    return worker;
  }

  async settle(): Promise<Inhabitant> {
    const tenant = await createTenant(this.database);
    const owner: TestMember = await createMember(this.database, tenant, ['OPERATOR']);
    return {
      tenant,
      token: (await createApiKey(this.database, tenant)).token,
      operatorToken: (await createApiKey(this.database, tenant, { owner })).token,
    };
  }

  /** A client of a process that has been started. */
  async client(api: ChildProgram, { token }: Pick<Inhabitant, 'token'>): Promise<TestClient> {
    return new TestClient(await api.ready(), token);
  }

  /** Kills all workers: what a test has left must not carry the goals of the next. */
  async killWorkers(): Promise<void> {
    const workers = [...this.processes].filter(([, role]) => role === 'worker');
    await Promise.all(workers.map(([worker]) => worker.kill()));
  }

  async close(): Promise<void> {
    await Promise.all(Array.from(this.processes.keys(), (program) => program.kill()));
    this.witness.close();
    try {
      await this.database.close();
    } finally {
      await rm(this.dataDir, { recursive: true, force: true });
    }
  }
}
