import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId, publicId } from '#libs/kernel';
import { permissionsOf } from '#libs/policy';
import {
  type TestClient,
  type TestMember,
  type TestProgram,
  type TestTenant,
  createApiKey,
  createMember,
  createTenant,
  startTestProgram,
} from '#libs/testing';
import { end, journalOf, submitted, tasksOf, until } from '../journeys/goals.js';
import { expectProblem } from '../journeys/problems.js';
import { type Operation, fill, operationsOf } from './operations.js';

let program: TestProgram;
let tenant: TestTenant;
let admin: TestMember;
let protectedRoutes: Operation[];

const IDS = {
  goal_id: publicId('goal', newId()),
  artifact_id: publicId('art', newId()),
  approval_id: publicId('appr', newId()),
  tenant_id: publicId('ten', newId()),
  playbook_name: 'no-such-playbook',
  tool_name: 'no_such_tool',
};

beforeAll(async () => {
  program = await startTestProgram({ ROLE: 'all' });
  tenant = await createTenant(program.database);
  admin = await createMember(program.database, tenant, ['VIEWER']);
  protectedRoutes = (await operationsOf(program.url)).filter(({ isPublic }) => !isPublic);
});
afterAll(() => program.close());

async function keyWith(scopes: readonly string[], of = tenant): Promise<TestClient> {
  return program.client((await createApiKey(program.database, of, { scopes })).token);
}

/** A key of somebody who may do everything, so that its scopes alone decide, also for what is the platform's. */
async function keyOfAdmin(scopes: readonly string[]): Promise<TestClient> {
  await program.database.system.once('update user_account set is_system_admin = true where id = $1', [admin.id]);
  return program.client((await createApiKey(program.database, tenant, { scopes, owner: admin })).token);
}

describe('every route', () => {
  it('is closed to who lacks its permission, however many others they have [RBC-6]', async () => {
    const all = [...permissionsOf(['TENANT_ADMIN'])];
    const guarded = protectedRoutes.filter(({ permissions }) => permissions.length > 0);
    expect(guarded.length).toBeGreaterThan(10);
    for (const { method, path, permissions } of guarded) {
      for (const lacking of permissions) {
        const client = await keyWith(all.filter((permission) => permission !== lacking));
        const answer = await client.send(method, fill(path, IDS));
        expectProblem(answer, { status: 403, code: 'permission_denied', says: new RegExp(`\`${lacking}\``) });
        expect(answer.body).toMatchObject({ missing_permissions: [lacking] });
      }
    }
  });

  it('is open to who has just its permission [RBC-6]', async () => {
    for (const { method, path, permissions, isStream } of protectedRoutes) {
      if (isStream && !path.includes('{')) continue;
      const client = await keyOfAdmin(permissions.length === 0 ? ['goal:read'] : permissions);
      const { status } = await client.send(method, fill(path, IDS));
      expect([401, 403], `${method} ${path}`).not.toContain(status);
    }
  });

  it('is closed to nobody in particular [KEY-5]', async () => {
    const anonymous = program.client();
    for (const { method, path } of protectedRoutes) {
      expectProblem(await anonymous.send(method, fill(path, IDS)), { status: 401, code: 'unauthenticated' });
    }
  });
});

describe('a right that is taken away while a goal runs', () => {
  /** Runs for a while, then writes; the right goes in between. */
  const PLAN = {
    tasks: [
      { id: 'wait', tool: 'sleep', arguments: { seconds: 1.2 } },
      { id: 'write', tool: 'write_file', arguments: { path: 'a.txt', content: 'x' }, depends_on: ['wait'] },
    ],
  };

  async function loses(of: TestTenant, by: TestClient, takeAway: () => Promise<unknown>): Promise<void> {
    const { id } = await submitted(by, { description: 'Loses its right', plan: PLAN, on_failure: 'replan' });
    await until(by, id, ({ progress }) => progress.running === 1);
    await takeAway();
    // By SQL, since there may be no key left that could ask.
    const goal = () =>
      program.database.tenants.once<{ state: string; error: { code: string } | null }>(
        of.id,
        'select state, error from goal',
      );
    await expect.poll(async () => (await goal())[0]?.state, { timeout: 15_000 }).toMatch(/FAILED|COMPLETED/);
    // No retry, no replan: the gate said no.
    expect(await goal()).toMatchObject([{ state: 'FAILED', error: { code: 'permission_lost' } }]);
    const events = await program.database.tenants.once<{ type: string }>(of.id, 'select type from event');
    expect(events.map(({ type }) => type)).toContain('safety.violation');
    expect(await program.database.tenants.once(of.id, 'select from artifact')).toEqual([]);
  }

  it('ends it with permission_lost: the key is revoked [SAF-1, KEY-5]', async () => {
    const of = await createTenant(program.database);
    const key = await createApiKey(program.database, of);
    await loses(of, program.client(key.token), () =>
      program.database.tenants.once(of.id, `update api_key set status = 'revoked' where key_id = $1`, [key.keyId]),
    );
  });

  it('ends it with permission_lost: the owner of the key loses the role [SAF-1, KEY-2]', async () => {
    const of = await createTenant(program.database);
    const owner = await createMember(program.database, of, ['TENANT_ADMIN']);
    const { token } = await createApiKey(program.database, of, { owner });
    await loses(of, program.client(token), () =>
      program.database.tenants.once(of.id, `update membership set roles = '{VIEWER}' where user_id = $1`, [owner.id]),
    );
  });

  it('ends it with permission_lost: the tenant is suspended [SAF-1, TEN-8]', async () => {
    const of = await createTenant(program.database);
    const { token } = await createApiKey(program.database, of);
    await loses(of, program.client(token), () =>
      program.database.system.once(
        `update tenant set status = 'SUSPENDED', suspension_reason = 'admin' where id = $1`,
        [of.id],
      ),
    );
  });

  it('stays away for goals that were submitted without it: tool:execute is asked at each call [SAF-1]', async () => {
    const client = await keyWith(['goal:create', 'goal:read']);
    const { id } = await submitted(client, { description: 'May not run tools', plan: PLAN });
    expect(await end(client, id)).toMatchObject({ state: 'FAILED', error: { code: 'permission_lost' } });
    expect((await tasksOf(client, id)).map(({ key, state }) => [key, state])).toEqual([
      ['wait', 'FAILED'],
      ['write', 'SKIPPED'],
    ]);
    expect((await journalOf(client, id)).filter(({ to }) => to === 'REPLANNING')).toEqual([]);
  });
});
