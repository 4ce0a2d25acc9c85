import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type TestClient,
  type TestProgram,
  TestStream,
  type TestStreamEvent,
  type TestTenant,
  createApiKey,
  createTenant,
  startTestProgram,
} from '#libs/testing';
import { type GoalJson, type PageJson, end, journalOf, submitted, tasksOf } from '../journeys/goals.js';
import { expectProblem } from '../journeys/problems.js';
import { type Operation, fill, operationsOf } from './operations.js';

const SECRET = 'beta-only';

let program: TestProgram;
let operations: Operation[];

interface Side {
  readonly tenant: TestTenant;
  readonly token: string;
  readonly client: TestClient;
  /** By the names that path parameters have. A route with another one needs an id here. */
  readonly ids: Readonly<Record<string, string>>;
  readonly file: string;
}
let alpha: Side;
let beta: Side;

beforeAll(async () => {
  program = await startTestProgram({ ROLE: 'all' });
  operations = await operationsOf(program.url);
  alpha = await furnish('alpha');
  beta = await furnish(SECRET);
});
afterAll(() => program.close());

/** A tenant with one of everything that has an id. */
async function furnish(word: string): Promise<Side> {
  const tenant = await createTenant(program.database, { name: word });
  const { token } = await createApiKey(program.database, tenant);
  const client = program.client(token);
  const upload = await fetch(new URL(`/api/v1/files?name=${word}.txt`, program.url), {
    method: 'POST',
    headers: { 'x-api-key': token, 'content-type': 'text/plain' },
    body: word,
  });
  const file = ((await upload.json()) as { id: string }).id;
  const { id } = await submitted(client, {
    description: word,
    files: [{ path: 'in.txt', file }],
    plan: {
      tasks: [
        { id: word, tool: 'read_file', arguments: { path: 'in.txt' } },
        {
          id: 'out',
          tool: 'write_file',
          arguments: { path: `${word}.out`, content: { $ref: `${word}.output.content` } },
        },
      ],
    },
  });
  expect(await end(client, id)).toMatchObject({ state: 'COMPLETED' });
  const artifacts = await client.get<PageJson<{ id: string }>>(`/api/v1/goals/${id}/artifacts`);
  const [task] = await tasksOf(client, id);
  const asking = await submitted(client, {
    description: word,
    plan: { tasks: [{ id: word, tool: 'delete_file', arguments: { path: `${word}.old` } }] },
  });
  const pending = `/api/v1/approvals?state=pending&goal_id=${asking.id}`;
  const approval = await waitFor(async () => (await client.get<PageJson<{ id: string }>>(pending)).body.data[0]?.id);
  const playbook = `${word}-playbook`;
  expect((await client.post('/api/v1/playbooks', { source: playbookOf(playbook) })).status).toBe(201);
  const tool = `${word.replaceAll('-', '_')}_tool`;
  expect((await client.post('/api/v1/tools', toolOf(tool))).status).toBe(201);
  return {
    tenant,
    token,
    client,
    file,
    ids: {
      goal_id: id,
      artifact_id: artifacts.body.data[0]!.id,
      task_id: task!.id,
      approval_id: approval,
      tenant_id: tenant.publicId,
      playbook_name: playbook,
      tool_name: tool,
    },
  };
}

/** A small playbook of that name. */
function playbookOf(name: string): string {
  return `name: ${name}\ntitle: Echo\ndescription: Echoes.\nplan: { tasks: [{ id: a, tool: echo }] }\n`;
}

/** A small tool of that name. */
function toolOf(name: string): object {
  return {
    name,
    description: 'Counts.',
    input_schema: { type: 'object' },
    permission_level: 'EXECUTE',
    risk: 'MEDIUM',
    effect: 'pure',
    javascript: { code: 'Object.keys(input).length' },
  };
}

/** Polls until there is a value. Bounded. */
async function waitFor<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (let left = 200; left > 0; left--) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('it did not happen in time');
}

function expectNothingOfBeta(text: string): void {
  for (const trace of [SECRET, beta.tenant.publicId, beta.tenant.slug, ...Object.values(beta.ids)]) {
    expect(text).not.toContain(trace);
  }
}

/** Everything that the tenant can see of its goal. */
async function snapshot({ client, ids }: Side): Promise<unknown[]> {
  const id = ids['goal_id']!;
  const list = await client.get<PageJson<GoalJson>>('/api/v1/goals');
  return [list.body, await tasksOf(client, id), await journalOf(client, id)];
}

/** A body that the route takes: what is wrong with it must not be noticed before the id. */
function bodyFor(path: string): object {
  if (path.endsWith('/{playbook_name}')) return { source: playbookOf(beta.ids['playbook_name']!) };
  if (path.endsWith('/fork')) return { from_seq: 1 };
  return path.endsWith('/reject') ? { reason: 'not mine' } : {};
}

describe('with the ids of another tenant', () => {
  it('every route that takes an id answers 404 and does nothing [TEN-5]', async () => {
    const before = await snapshot(beta);
    const routes = operations.filter(({ parameters }) => parameters.length > 0);
    expect(routes.length).toBeGreaterThan(10);
    for (const { method, path } of routes) {
      const answer = await alpha.client.send(
        method,
        fill(path, beta.ids),
        method === 'GET' ? {} : { body: bodyFor(path) },
      );
      expectProblem(answer, { status: 404, code: 'not_found' });
      expectNothingOfBeta(JSON.stringify(answer.body));
    }
    expect(await snapshot(beta)).toEqual(before);
    expect(await program.database.tenants.once(beta.tenant.id, 'select from goal_command')).toEqual([]);
  });

  it('an id of its own does not help to reach a part of the other’s [TEN-5]', async () => {
    const mixed = operations.filter(({ parameters }) => parameters.length > 1);
    expect(mixed.length).toBeGreaterThan(0);
    for (const { method, path, parameters } of mixed) {
      for (const foreign of parameters) {
        const values = { ...alpha.ids, [foreign]: beta.ids[foreign]! };
        expectProblem(await alpha.client.send(method, fill(path, values)), { status: 404, code: 'not_found' });
      }
    }
  });

  it('a body that names one is refused as if there were none [TEN-5]', async () => {
    const body = {
      description: 'x',
      files: [{ path: 'a', file: beta.file }],
      plan: { tasks: [{ id: 'a', tool: 'echo' }] },
    };
    for (const query of ['', '?dry_run=true']) {
      const answer = await alpha.client.post(`/api/v1/goals${query}`, body);
      expectProblem(answer, { code: 'file_unknown', path: 'files.0.file' });
    }
  });
});

describe('without ids', () => {
  it('no route shows anything of another tenant [TEN-5]', async () => {
    const routes = operations.filter(
      ({ method, parameters, isStream }) => method === 'GET' && parameters.length === 0 && !isStream,
    );
    expect(routes.length).toBeGreaterThan(3);
    for (const { method, path, permissions } of routes) {
      const answer = await alpha.client.send(method, path);
      // What shows the whole installation is closed to every tenant.
      const status = permissions.includes('admin:read') ? 403 : 200;
      expect([path, answer.status]).toEqual([path, status]);
      expectNothingOfBeta(JSON.stringify(answer.body));
    }
  });

  it('no stream tells of another tenant [TEN-5]', async () => {
    const routes = operations.filter(({ parameters, isStream }) => isStream && parameters.length === 0);
    expect(routes.length).toBeGreaterThan(0);
    for (const { path } of routes) {
      const stream = await TestStream.open(new URL(path, program.url), alpha.token);
      const plan = { tasks: [{ id: 'a', tool: 'echo' }] };
      await end(beta.client, (await submitted(beta.client, { description: SECRET, plan })).id);
      const mine = await submitted(alpha.client, { description: 'alpha again', plan });
      // What was recorded before the stream was opened may come first, the end of an earlier goal as well.
      const isEnd = (event: TestStreamEvent | undefined) =>
        event === undefined || (event.type === 'goal.completed' && JSON.stringify(event).includes(mine.id));
      const events = [await stream.next()];
      while (!isEnd(events.at(-1))) events.push(await stream.next());
      stream.close();
      const text = JSON.stringify(events);
      expect(text).toContain(mine.id);
      expectNothingOfBeta(text);
    }
  });

  it('a header that names another tenant is refused, on every route that asks who one is [TEN-4]', async () => {
    const headers = { 'x-tenant-id': beta.tenant.publicId };
    for (const { method, path } of operations.filter(({ isPublic }) => !isPublic)) {
      const answer = await alpha.client.send(method, fill(path, alpha.ids), { headers });
      expectProblem(answer, { status: 400, code: 'tenant_mismatch' });
      expectNothingOfBeta(JSON.stringify(answer.body));
    }
  });
});

describe('the database', () => {
  let tables: string[];

  beforeAll(async () => {
    const rows = await program.database.dataSource.query<{ name: string }[]>(
      `select c.relname as name from pg_class c
        where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace
          and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id') order by 1`,
    );
    tables = rows.map(({ name }) => name);
  });

  it('shows the login nothing of any table of tenants [TEN-5]', async () => {
    expect(tables.length).toBeGreaterThan(10);
    for (const name of [...tables, 'tenant', 'user_account']) {
      const read = program.database.dataSource.query(`select * from "${name}" limit 1`);
      await expect(read, name).rejects.toThrow(/permission denied/);
    }
  });

  it('shows no row of any tenant table without a tenant, and only a tenant’s own with one [TEN-5]', async () => {
    const { tenants } = program.database;
    const seen: string[] = [];
    for (const name of tables) {
      const sql = `select distinct tenant_id from "${name}"`;
      const ask = (as: string | string[]) => tenants.once<{ tenant_id: string }>(as, sql).catch(ofRefusal);
      expect(await ask([]), name).toEqual([]);
      const rows = await ask(alpha.tenant.id);
      expect(
        rows.every(({ tenant_id }) => tenant_id === alpha.tenant.id),
        name,
      ).toBe(true);
      if (rows.length > 0) seen.push(name);
    }
    // It is not that the tables were empty.
    expect(seen).toEqual(
      expect.arrayContaining([
        'api_key',
        'artifact',
        'event',
        'goal',
        'goal_journal',
        'goal_plan',
        'playbook',
        'playbook_version',
        'stored_file',
        'task',
        'tool',
      ]),
    );
  });
});

// A table that the application role may not read at all shows as little.
function ofRefusal(error: unknown): { tenant_id: string }[] {
  if (/permission denied/.test(String(error))) return [];
  throw error;
}
