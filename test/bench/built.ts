import { join } from 'node:path';
import { setSourceMapsSupport } from 'node:module';
import { pathToFileURL } from 'node:url';
import { ensureBuilt } from '../../scripts/build/build.js';
import { occupy } from '../../scripts/build/tree.js';

/** Parts of the program as it was built: what is measured is what users run. */
export interface Built {
  /** The main module's path, to run the program in a process of its own. */
  readonly main: string;
  readonly config: typeof import('#libs/config');
  readonly context: typeof import('#libs/context');
  readonly http: typeof import('#libs/http');
  readonly kernel: typeof import('#libs/kernel');
  readonly persistence: typeof import('#libs/persistence');
  readonly appModule: typeof import('../../src/app.module.js');
  readonly bootstrap: typeof import('../../src/bootstrap/bootstrap.js');
  readonly entities: typeof import('../../src/entities.js');
  readonly migrations: typeof import('../../migrations/index.js');
  readonly keys: typeof import('../../src/access/api-keys/issue-api-key.port.js');
  readonly user: typeof import('../../src/identity/user-account.entity.js');
  readonly tenant: typeof import('../../src/tenancy/tenant.entity.js');
  readonly membership: typeof import('../../src/tenancy/membership.entity.js');
  readonly submitGoal: typeof import('../../src/goals/submit-goal.js');
}

/** Brings the build up to date and loads it. */
export async function loadBuilt(): Promise<Built> {
  const tree = await ensureBuilt({
    root: join(import.meta.dirname, '../..'),
    onBuild: () => process.stderr.write('Building …\n'),
  });
  await occupy(tree);
  setSourceMapsSupport(true);
  await import('reflect-metadata');
  const load = async <Module>(path: string) => (await import(pathToFileURL(join(tree, path)).href)) as Module;
  return {
    main: join(tree, 'src/main.js'),
    config: await load('libs/config/src/index.js'),
    context: await load('libs/context/src/index.js'),
    http: await load('libs/http/src/index.js'),
    kernel: await load('libs/kernel/src/index.js'),
    persistence: await load('libs/persistence/src/index.js'),
    appModule: await load('src/app.module.js'),
    bootstrap: await load('src/bootstrap/bootstrap.js'),
    entities: await load('src/entities.js'),
    migrations: await load('migrations/index.js'),
    keys: await load('src/access/api-keys/issue-api-key.port.js'),
    user: await load('src/identity/user-account.entity.js'),
    tenant: await load('src/tenancy/tenant.entity.js'),
    membership: await load('src/tenancy/membership.entity.js'),
    submitGoal: await load('src/goals/submit-goal.js'),
  };
}
