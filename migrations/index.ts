import { type MigrationClass, defineMigration } from '#libs/persistence';
import { prepareSchema } from './1763600000000-prepare-schema.js';
import { createTenants } from './1763600100000-create-tenants.js';
import { createApiKeys } from './1763600200000-create-api-keys.js';
import { createEventLog } from './1763600300000-create-event-log.js';
import { createIdempotencyKeys } from './1763600400000-create-idempotency-keys.js';
import { createGoals } from './1763600500000-create-goals.js';
import { createApprovals } from './1763600600000-create-approvals.js';
import { createPlaybooks } from './1763600700000-create-playbooks.js';
import { createTools } from './1763600800000-create-tools.js';
import { createWorkers } from './1763600900000-create-workers.js';
import { createDispatches } from './1763601000000-create-dispatches.js';
import { extendApprovals } from './1763601100000-extend-approvals.js';
import { versionGoals } from './1763601200000-version-goals.js';
import { keepArtifactHistory } from './1763601300000-keep-artifact-history.js';

/** Every migration, in the order of their timestamps. A new one is a file of its own and a line here. */
export const migrations: readonly MigrationClass[] = [
  prepareSchema,
  createTenants,
  createApiKeys,
  createEventLog,
  createIdempotencyKeys,
  createGoals,
  createApprovals,
  createPlaybooks,
  createTools,
  createWorkers,
  createDispatches,
  extendApprovals,
  versionGoals,
  keepArtifactHistory,
].map(defineMigration);
