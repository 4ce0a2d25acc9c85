import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTenant, createTestDatabase } from '#libs/testing';
import type { Database } from '../database.js';
import { InstallationSwitch, type SwitchRecord } from './installation-switch.js';

let database: Database;
let installation: InstallationSwitch;
let tenantId: string;

const BY = { kind: 'api_key', id: 'ak_0123456789ab', name: 'admin' };
const engaged = () => database.system.once<{ reason: string }>('select reason from installation_switch');

beforeAll(async () => {
  database = await createTestDatabase();
  installation = new InstallationSwitch(database.system, database.roles.app);
  tenantId = (await createTenant(database)).id;
});
afterAll(() => database.close());

function record(write: SwitchRecord['write'] = () => Promise.resolve()): SwitchRecord {
  return { tenantId, write };
}
const broken = record(() => Promise.reject(new Error('not written')));

describe('the switch for everything', () => {
  it('is not engaged, and not lifted, unless that is on record [SAF-7]', async () => {
    await expect(installation.engage(BY, 'drill', broken)).rejects.toThrow('not written');
    expect(await engaged()).toEqual([]);
    await installation.engage(BY, 'drill', record());
    await expect(installation.lift(broken)).rejects.toThrow('not written');
    expect(await engaged()).toEqual([{ reason: 'drill' }]);
    expect(await installation.lift(record())).toBe(true);
    expect(await installation.lift(broken)).toBe(false);
  });

  it('keeps whoever was first, and records that once, in the tenant alone [SAF-7]', async () => {
    const seen: object[] = [];
    const noted = record(async (transaction) => {
      seen.push(...(await transaction.query('select id, current_user::text as role from tenant')));
    });
    const first = await installation.engage(BY, 'drill', noted);
    expect(first).toEqual({ engaged_by: BY, reason: 'drill', engaged_at: expect.any(Date) });
    await createTenant(database);
    expect(await installation.engage({ ...BY, name: 'other' }, 'late', noted)).toEqual(first);
    expect(seen).toEqual([{ id: tenantId, role: database.roles.app }]);
    await installation.lift(record());
  });
});
