import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TenantGate } from '#libs/http';
import { newId } from '#libs/kernel';
import type { Database } from '#libs/persistence';
import { createTenant, createTestDatabase, runOnce, testServer } from '#libs/testing';
import type { ApiKeyRights } from '../../access/api-keys/api-keys.port.js';
import type { TenantDirectory } from '../../tenancy/tenants.port.js';
import { GoalAuthority } from './goal-authority.js';

let database: Database;
let authority: GoalAuthority;

const gate: TenantGate = { assertActive: () => Promise.resolve() };
const keys: ApiKeyRights = { permissionsNow: () => Promise.resolve(new Set()) };
const directory: TenantDirectory = {
  get: () => Promise.reject(new Error('not asked here')),
  settingsOf: () => Promise.resolve({}),
};
/** Nothing grows old, so that only what is heard empties the cache. */
const clock = { monotonic: () => 0 };
const BY = { kind: 'api_key', id: 'ak_0123456789ab', name: 'operator' };

beforeAll(async () => {
  database = await createTestDatabase();
  authority = new GoalAuthority(database.tenants, directory, gate, keys, database.listener, clock);
});
afterAll(async () => {
  authority.onModuleDestroy();
  await database.close();
});

describe('how things stand', () => {
  it('is asked again after notifications may have been missed [SAF-7]', async () => {
    const { id: tenantId } = await createTenant(database);
    const goal = { tenantId, id: newId(), submitter: { ...BY, user_id: null } };
    const haltNow = async () => (await authority.standingOf(goal)).halt;
    expect(await haltNow()).toBeNull();
    await database.system.once(
      `insert into kill_switch (tenant_id, id, engaged_by, reason) values ($1, $2, $3, 'drill')`,
      [tenantId, newId(), JSON.stringify({ ...BY, user_id: newId() })],
    );
    expect(await haltNow()).toBeNull();
    await endListener();
    await expect.poll(haltNow, { timeout: 10_000 }).toEqual({ scope: 'tenant', by: BY, reason: 'drill' });
  });
});

async function endListener(): Promise<void> {
  const name = new URL(database.connection.url ?? '').pathname.slice(1);
  await runOnce(
    testServer().administratorUrl,
    `select pg_terminate_backend(pid) from pg_stat_activity
      where application_name = 'agent-village test listener' and datname = $1`,
    [name],
  );
}
