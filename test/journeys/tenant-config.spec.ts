import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type TestClient,
  type TestProgram,
  type TestTenant,
  createApiKey,
  createMember,
  createTenant,
  startTestProgram,
} from '#libs/testing';
import { type GoalJson, end, submitted } from './goals.js';
import { expectProblem } from './problems.js';

let program: TestProgram;
let tenant: TestTenant;
let client: TestClient;
let path: string;

beforeAll(async () => {
  program = await startTestProgram({ ROLE: 'all' });
  tenant = await createTenant(program.database);
  client = program.client((await createApiKey(program.database, tenant)).token);
  path = `/api/v1/tenants/${tenant.publicId}/config`;
});
afterAll(() => program.close());

const patch = (body: object, by = client) => by.send('PATCH', path, { body });

describe('what a tenant decides for itself', () => {
  it('has defaults that are strict, is changed in parts, and goes back by null [TEN-1]', async () => {
    const strict = {
      approvals: { requester_may_approve: false, submitted_wasm_code_needs_approval: true },
      tools: { allowed: null },
    };
    expect((await client.get(path)).body).toEqual(strict);
    expect((await patch({ approvals: { requester_may_approve: true } })).body).toEqual({
      ...strict,
      approvals: { ...strict.approvals, requester_may_approve: true },
    });
    await patch({ tools: { allowed: ['echo'] } });
    expect((await client.get(path)).body).toMatchObject({
      approvals: { requester_may_approve: true },
      tools: { allowed: ['echo'] },
    });
    expect((await patch({ tools: { allowed: null }, approvals: { requester_may_approve: null } })).body).toEqual(
      strict,
    );
    const events = await program.database.tenants.once<{ data: object }>(
      tenant.id,
      `select data from event where type = 'tenant.updated' order by xid, id`,
    );
    expect(events).toHaveLength(3);
    expect(events[0]?.data).toEqual({
      changes: { 'approvals.requester_may_approve': { from: false, to: true } },
    });
    expectProblem(await patch({ approvals: { requester_may_aprove: true } }), { status: 400 });
    expectProblem(await patch({ tools: { allowed: ['No Tool'] } }), { status: 400, path: 'tools.allowed.0' });
  });

  it('is nobody’s but the tenant’s own, and takes tenant:update [TEN-5, RBC-1]', async () => {
    const other = await createTenant(program.database);
    const stranger = program.client((await createApiKey(program.database, other)).token);
    expectProblem(await patch({}, stranger), { status: 404, code: 'not_found' });
    const owner = await createMember(program.database, tenant, ['OPERATOR']);
    const operator = program.client((await createApiKey(program.database, tenant, { owner })).token);
    expectProblem(await patch({}, operator), { status: 403, code: 'permission_denied' });
  });

  it('keeps goals to the tools that it allows, within a second [TOL-4]', async () => {
    const of = await createTenant(program.database);
    const by = program.client((await createApiKey(program.database, of)).token);
    const plan = {
      tasks: [
        { id: 'wait', tool: 'sleep', arguments: { seconds: 1.2 } },
        { id: 'write', tool: 'write_file', arguments: { path: 'a', content: 'x' }, depends_on: ['wait'] },
      ],
    };
    const goal: GoalJson = await submitted(by, { description: 'Writes', plan });
    const config = `/api/v1/tenants/${of.publicId}/config`;
    expect((await by.send('PATCH', config, { body: { tools: { allowed: ['sleep', 'echo'] } } })).status).toBe(200);
    expect(await end(by, goal.id)).toMatchObject({ state: 'FAILED', error: { code: 'tool_not_allowed' } });
    const again = await submitted(by, { description: 'Echoes', plan: { tasks: [{ id: 'a', tool: 'echo' }] } });
    expect((await end(by, again.id)).state).toBe('COMPLETED');
  });
});
