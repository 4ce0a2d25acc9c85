import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestClone, cloneTestDatabase, runOnce, testServer } from '#libs/testing';
import {
  type Ask,
  findForeignKeysWithoutTenant,
  findIndexesNotLedByTenant,
  findOpenTables,
  findRewritable,
  findWeakPolicies,
} from './catalogue.js';

const APPEND_ONLY = ['event', 'goal_journal', 'playbook_version'];

/** Indexes over all tenants, and why each of them must be. */
const OVER_ALL_TENANTS: Readonly<Record<string, string>> = {
  api_key_key_id_key: 'A key is looked up before anybody knows its tenant.',
  tenant_domain_verified: 'Only one tenant can prove that it owns a domain.',
  tenant_slug_key: 'Links and issuers are made of the slug.',
};

let clone: TestClone;
const { app, system } = testServer().roles;
const ask: Ask = (sql, parameters) => runOnce(clone.administratorUrl, sql, parameters);

beforeAll(async () => {
  clone = await cloneTestDatabase();
});

afterAll(() => clone.drop());

describe('tables with a tenant', () => {
  it('are held by forced row-level security, every one and every partition [TEN-5]', async () => {
    const tables = await ask<{ relname: string }>(
      `select attrelid::regclass as relname from pg_attribute where attname = 'tenant_id'`,
    );
    expect(tables.length).toBeGreaterThan(5);
    expect(await findOpenTables(ask, [app, system])).toEqual([]);
    expect(await findWeakPolicies(ask, app)).toEqual([]);
  });

  it('have the tenant first in every index and unique key, and in every foreign key between them [TEN-5]', async () => {
    expect(await findIndexesNotLedByTenant(ask)).toEqual(Object.keys(OVER_ALL_TENANTS).toSorted());
    expect(await findForeignKeysWithoutTenant(ask)).toEqual([]);
  });

  it('cannot be rewritten by the roles of the program where they only grow', async () => {
    expect(await ask('select from pg_class where relname = any($1)', [APPEND_ONLY])).toHaveLength(APPEND_ONLY.length);
    expect(await findRewritable(ask, APPEND_ONLY, [app, system])).toEqual([]);
  });
});

describe('the walk through the catalogue bites', () => {
  beforeAll(async () => {
    await ask(
      `create table forgotten (tenant_id uuid not null, id uuid primary key, next uuid references forgotten (id))`,
    );
    await ask(`grant select on forgotten to ${app}`);
    await ask(`create table half_done (tenant_id uuid not null, id uuid, primary key (tenant_id, id))`);
    await ask(`alter table half_done enable row level security`);
    await ask(`create table lenient (tenant_id uuid not null, id uuid, primary key (tenant_id, id))`);
    await ask(`alter table lenient enable row level security`);
    await ask(`alter table lenient force row level security`);
    await ask(`create policy everybody on lenient to ${app} using (true) with check (true)`);
    await ask(`grant update on event to ${app}`);
  });

  it('on a table without, or with half of, row-level security [TEN-5]', async () => {
    expect(await findOpenTables(ask, [app, system])).toEqual(['forgotten', 'half_done']);
    expect(await findWeakPolicies(ask, app)).toEqual([
      'forgotten: no policy',
      'half_done: no policy',
      'lenient: everybody',
    ]);
  });

  it('on a partition that can be reached past its parent [TEN-5]', async () => {
    await ask(`create table event_reachable partition of event for values from ('1990-01-01') to ('1990-02-01')`);
    await ask(`grant select on event_reachable to ${app}`);
    expect(await findOpenTables(ask, [app, system])).toContain('event_reachable');
  });

  it('on an index and a foreign key that forget the tenant', async () => {
    expect(await findIndexesNotLedByTenant(ask)).toContain('forgotten_pkey');
    expect(await findForeignKeysWithoutTenant(ask)).toEqual(['forgotten_next_fkey']);
  });

  it('on a log that the application may change', async () => {
    expect(await findRewritable(ask, APPEND_ONLY, [app, system])).toContain(`${app} may update event`);
  });
});
