import { newId } from '#libs/kernel';
import { goalStates, isFinal } from '#libs/orchestration';
import { type TestTenant, createTenant, createTestDatabase } from '#libs/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Database } from '../database.js';
import { FINAL_STATES, JournalReader } from './journal-reader.js';

let database: Database;
let tenant: TestTenant;
let other: TestTenant;
let reader: JournalReader;

beforeAll(async () => {
  database = await createTestDatabase();
  [tenant, other] = [await createTenant(database), await createTenant(database)];
  reader = new JournalReader(database.tenants);
});
afterAll(() => database.close());

async function goalWithRows(state: string, rows: number): Promise<string> {
  const id = newId();
  await database.tenants.flight(tenant.id, [
    {
      sql: `insert into goal (tenant_id, id, description, priority, context, on_failure, submitter, files, held, state,
              plan_version, progress, last_seq)
            values ($1, $2, 'x', 1, '{}', 'fail', '{}', '[]', false, $3, 1, '{}', $4)`,
      parameters: [tenant.id, id, state, rows],
    },
    {
      sql: `insert into goal_journal (tenant_id, goal_id, seq, at, type, actor)
            select $1, $2, n, now(), 'row', '{}' from generate_series(1, $3) n`,
      parameters: [tenant.id, id, rows],
    },
  ]);
  return id;
}

describe('JournalReader', () => {
  it('reads on behind a row, and says whether more can follow [EVT-4]', async () => {
    const id = await goalWithRows('EXECUTING', 5);
    const page = await reader.after(tenant.id, id, 2, 2);
    expect(page).toMatchObject({ lastSeq: 5, ended: false });
    expect(page?.rows.map(({ seq }) => seq)).toEqual([3, 4]);
    expect(await reader.after(tenant.id, id, 5, 2)).toEqual({ rows: [], lastSeq: 5, ended: false });
    expect(await reader.after(tenant.id, await goalWithRows('FAILED', 0), 0, 2)).toEqual({
      rows: [],
      lastSeq: 0,
      ended: true,
    });
  });

  it("knows no other tenant's goal [TEN-5]", async () => {
    const id = await goalWithRows('COMPLETED', 1);
    expect(await reader.after(other.id, id, 0, 1)).toBeUndefined();
    expect(await reader.after(tenant.id, newId(), 0, 1)).toBeUndefined();
  });

  it('takes the states for final that the machine has as final [ORC-2]', () => {
    expect(new Set(FINAL_STATES)).toEqual(new Set(goalStates.filter(isFinal)));
  });
});
