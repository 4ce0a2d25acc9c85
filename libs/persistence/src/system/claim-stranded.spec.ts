import { newId } from '#libs/kernel';
import { createTenant, createTestDatabase } from '#libs/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Database } from '../database.js';
import { GoalClaims } from './goal-claims.js';

let database: Database;
let claims: GoalClaims;

beforeAll(async () => {
  database = await createTestDatabase();
  claims = new GoalClaims(database.system);
});
afterAll(() => database.close());

/** A worker of a machine, last heard of so many seconds ago. */
async function heard(machine: number, secondsAgo: number, draining = false): Promise<void> {
  await database.system.once(
    `insert into worker (id, name, version, machine, role, capabilities, capacity, running, goals, draining, lease_ms,
                         heartbeat_at)
     values ($1, 'w', '1', $2, 'worker', '{goal_execution}', 4, 0, 0, $4, 30000, now() - $3 * interval '1 second')`,
    [newId(), machine, secondsAgo, draining],
  );
}

describe('goals of a newer machine', () => {
  it('are stranded only while no worker lives that knows their machine and takes goals [ORC-16, WRK-1]', async () => {
    const { id: tenant } = await createTenant(database);
    const goal = newId();
    await database.system.once(
      `with g as (
         insert into goal (tenant_id, id, description, priority, context, on_failure, submitter, files, held, state,
                           plan_version, progress, last_seq, machine, wake_at)
         values ($1, $2, 'g', 1, '{}', 'fail', '{}', '[]', false, 'EXECUTING', 1, '{}', 1, 9, now()))
       insert into goal_plan (tenant_id, goal_id, version, plan) values ($1, $2, 1, '{}')`,
      [tenant, goal],
    );
    const found = async () => {
      const rows = await claims.claimStranded(newId(), { limit: 10, leaseMs: 1, patienceMs: 0, machine: 8 });
      await new Promise((resolve) => setTimeout(resolve, 5));
      return rows.map(({ id }) => id);
    };
    expect(await found()).toEqual([goal]);
    await heard(8, 0);
    await heard(9, 60);
    await heard(9, 0, true);
    expect(await found()).toEqual([goal]);
    await heard(9, 0);
    expect(await found()).toEqual([]);
  });
});
