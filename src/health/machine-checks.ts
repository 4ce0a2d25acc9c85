import { constants } from 'node:fs';
import { access, statfs } from 'node:fs/promises';
import type { HealthCheck } from '#libs/http';
import type { TenantTransaction } from '#libs/persistence';

// No tenant's id.
const NOBODY = '00000000-0000-0000-0000-000000000000';

/** The database answers, and lets the role that requests use read a table. */
export function databaseCheck(tenants: TenantTransaction): HealthCheck {
  return {
    name: 'database',
    required: true,
    run: async () => {
      await tenants.once([], 'select from tenant where id = $1', [NOBODY]);
    },
  };
}

// Below this, the embedded database and uploads are about to fail.
const LEAST_FREE_BYTES = 256 * 1024 * 1024;

/** The data folder can be written to and has room. */
export function diskCheck(dataDir: string): HealthCheck {
  return {
    name: 'disk',
    required: false,
    run: async () => {
      await access(dataDir, constants.W_OK);
      const { bavail, bsize } = await statfs(dataDir);
      if (bavail * bsize < LEAST_FREE_BYTES) throw new Error(`only ${bavail * bsize} bytes are free in ${dataDir}`);
    },
  };
}
