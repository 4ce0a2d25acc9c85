import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '#libs/kernel';
import { createTenant, createTestDatabase } from '#libs/testing';
import type { Database } from '../database.js';
import { GoalClaims } from './goal-claims.js';

let database: Database;
let claims: GoalClaims;

beforeAll(async () => {
  database = await createTestDatabase();
  claims = new GoalClaims(database.system);
});
afterAll(() => database.close());

interface Given {
  readonly sleeping: boolean;
  /** From now; negative for a time that has come. */
  readonly wakesInSeconds: number;
}

async function goalOf(tenantId: string, { sleeping, wakesInSeconds }: Given): Promise<string> {
  const id = newId();
  await database.system.once(
    `with g as (
       insert into goal (tenant_id, id, description, priority, context, on_failure, submitter, files, held, state,
                         plan_version, progress, last_seq, sleeping, wake_at)
       values ($1, $2, 'g', 1, '{}', 'fail', '{}', '[]', false, 'EXECUTING', 1, '{}', 1, $3,
               now() + $4 * interval '1 second'))
     insert into goal_plan (tenant_id, goal_id, version, plan) values ($1, $2, 1, '{}')`,
    [tenantId, id, sleeping, wakesInSeconds],
  );
  return id;
}

const claimed = async (limit: number) =>
  (await claims.claim(newId(), limit, 60_000, { onlyCommanded: false, machine: 1 })).map(({ id }) => id);

describe('claims', () => {
  it('find goals whose time has come, whether they were put to sleep or not, and no others [ORC-11]', async () => {
    const { id: tenant } = await createTenant(database);
    const due = [
      await goalOf(tenant, { sleeping: false, wakesInSeconds: -1 }),
      await goalOf(tenant, { sleeping: true, wakesInSeconds: -1 }),
    ];
    await goalOf(tenant, { sleeping: false, wakesInSeconds: 3600 });
    await goalOf(tenant, { sleeping: true, wakesInSeconds: 3600 });
    expect((await claimed(10)).toSorted()).toEqual(due.toSorted());
    // A lease that runs out is not sleep.
    await database.system.once(`update goal set wake_at = now() - interval '1 second' where id = any($1)`, [due]);
    expect((await claimed(10)).toSorted()).toEqual(due.toSorted());
  });

  it('find sleepers that wake together a few at a time, whoever has waited longest first [ORC-11]', async () => {
    const { id: tenant } = await createTenant(database);
    const wakes = Array.from({ length: 12 }, (_, n) => goalOf(tenant, { sleeping: true, wakesInSeconds: -60 + n }));
    const asleep = await Promise.all(wakes);
    const found: string[] = [];
    for (let n = 0; n < 4; n++) found.push(...(await claimed(3)));
    expect(new Set(found)).toEqual(new Set(asleep));
    // Twice as many are looked at as are taken.
    expect(asleep.slice(0, 6)).toEqual(expect.arrayContaining(found.slice(0, 3)));
    expect(await claimed(3)).toEqual([]);
  });

  it('find nothing of a tenant whose switch is engaged, and of no goal under its own [SAF-7]', async () => {
    const [halted, other] = [await createTenant(database), await createTenant(database)];
    for (const sleeping of [false, true]) await goalOf(halted.id, { sleeping, wakesInSeconds: -1 });
    const [stopped, free] = [
      await goalOf(other.id, { sleeping: true, wakesInSeconds: -1 }),
      await goalOf(other.id, { sleeping: true, wakesInSeconds: -1 }),
    ];
    const engage = `insert into kill_switch (tenant_id, id, goal_id, engaged_by) values ($1, $2, $3, '{}')`;
    await database.system.once(engage, [halted.id, newId(), null]);
    await database.system.once(engage, [other.id, newId(), stopped]);
    expect(await claimed(10)).toEqual([free]);
    await database.system.once('delete from kill_switch');
    expect(await claimed(10)).toHaveLength(3);
  });
});
