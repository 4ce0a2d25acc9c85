import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestClient, type TestProgram, createApiKey, createTenant, startTestProgram } from '#libs/testing';
import { type GoalJson, allOf, end, submitted } from './goals.js';
import { type PlannedGoal, completed, signIn } from './playbook-goals.js';
import { expectProblem } from './problems.js';

const PLAYBOOKS = '/api/v1/playbooks';

interface PlaybookJson {
  readonly name: string;
  readonly source: string;
  readonly version: number;
  readonly yaml: string;
  readonly phrases: readonly string[];
}

/** A playbook that says a word; it runs without any code. */
const source = (name: string, word: string, more = '') => `name: ${name}
title: Say a word
description: Says ${word}.
parameters:
  type: object
  required: [to]
  properties:
    to: { type: string, maxLength: 20, examples: [world] }
${more}plan:
  tasks:
    - id: say
      tool: echo
      arguments: { word: ${word}, to: { $param: to } }
`;

let program: TestProgram;
let client: TestClient;

beforeAll(async () => {
  program = await startTestProgram({ ROLE: 'all' });
  client = await signIn(program);
});
afterAll(() => program.close());

const store = (text: string, by = client, headers = {}) =>
  by.post<PlaybookJson>(PLAYBOOKS, { source: text }, { headers });
const put = (name: string, text: string, by = client) =>
  by.send<PlaybookJson>('PUT', `${PLAYBOOKS}/${name}`, { body: { source: text } });
const remove = (name: string, by = client) => by.send('DELETE', `${PLAYBOOKS}/${name}`);
const use = (name: string, rest: object = {}, by = client) =>
  completed(by, { playbook: { name, parameters: { to: 'you' } }, ...rest });
const said = ({ result }: GoalJson) => JSON.stringify(result);

describe('an own playbook', () => {
  it('is stored, used, changed and deleted; goals keep the plan that they have [ORC-15, LLM-2]', async () => {
    const made = await store(source('greet', 'hello', "phrases: ['please greet {to}']\n"));
    expect(made.status).toBe(201);
    expect(made.headers.get('location')).toBe(`${PLAYBOOKS}/greet`);
    expect(made.body).toMatchObject({
      name: 'greet',
      source: 'tenant',
      version: 1,
      updated_by: { kind: 'api_key' },
      plan: { tasks: [{ id: 'say', arguments: { to: { $param: 'to' } } }] },
    });
    expect((await client.get(`${PLAYBOOKS}/greet`)).body).toEqual(made.body);
    const first = await use('greet');
    expect(said(first)).toContain('hello');
    expect(first.planned_by).toEqual({ planner: 'playbook', playbook: 'greet', version: 1, parameters: { to: 'you' } });

    // Of its own phrase, too; and one that has not begun when the playbook changes.
    const worded = await completed(client, { description: 'Please greet Ada' });
    expect(worded.planned_by).toMatchObject({ playbook: 'greet', parameters: { to: 'Ada' } });
    const waiting = await submitted(client, { description: 'Please greet Bob', start: false });

    const changed = await put('greet', source('greet', 'goodbye'));
    expect([changed.status, changed.body.version]).toEqual([200, 2]);
    expect(said(await use('greet'))).toContain('goodbye');
    expect((await client.get<PlaybookJson>(`${PLAYBOOKS}/greet?version=1`)).body.yaml).toContain('hello');
    expectProblem(await client.get(`${PLAYBOOKS}/greet?version=3`), { status: 404, code: 'not_found' });
    // Sent again, it is the same version.
    expect((await put('greet', source('greet', 'goodbye'))).body.version).toBe(2);

    expect((await remove('greet')).status).toBe(204);
    expectProblem(await client.get(`${PLAYBOOKS}/greet`), { status: 404, code: 'not_found' });
    expectProblem(await remove('greet'), { status: 404, code: 'not_found' });
    const gone = await client.post('/api/v1/goals', {
      description: 'x',
      playbook: { name: 'greet', parameters: { to: 'y' } },
    });
    expectProblem(gone, { path: 'playbook.name' });

    await client.post(`/api/v1/goals/${waiting.id}/execute`);
    const late = (await end(client, waiting.id)) as PlannedGoal;
    expect(late).toMatchObject({ state: 'COMPLETED', planned_by: { playbook: 'greet', version: 1 } });
    expect(said(late)).toContain('hello');
    // A name that comes back goes on counting: version 1 stays what it was.
    expect((await store(source('greet', 'welcome'))).body.version).toBe(3);
  });

  it('tells of its changes in events [LLM-2]', async () => {
    const tenant = await createTenant(program.database);
    const own = program.client((await createApiKey(program.database, tenant)).token);
    await store(source('told', 'one'), own);
    await put('told', source('told', 'two'), own);
    await remove('told', own);
    const sql = `select type, category, data from event where type like 'playbook.%' order by id`;
    const events = await program.database.tenants.once(tenant.id, sql);
    expect(events).toEqual([
      { type: 'playbook.created', category: 'DATA_MUTATION', data: { name: 'told', version: 1 } },
      { type: 'playbook.updated', category: 'DATA_MUTATION', data: { name: 'told', version: 2 } },
      { type: 'playbook.deleted', category: 'DATA_MUTATION', data: { name: 'told', version: 2 } },
    ]);
  });

  it('is stored once by an idempotency key [ORC-14, LLM-2]', async () => {
    const headers = { 'idempotency-key': 'once' };
    const made = await store(source('idempotent', 'one'), client, headers);
    const again = await store(source('idempotent', 'one'), client, headers);
    expect([again.status, again.body]).toEqual([201, made.body]);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expectProblem(await store(source('idempotent', 'one')), { status: 409, code: 'playbook_exists' });
  });

  it('is nothing to another tenant, which may use the same name [TEN-5, LLM-2]', async () => {
    const other = await signIn(program);
    await store(source('private', 'mine'));
    expectProblem(await other.get(`${PLAYBOOKS}/private`), { status: 404, code: 'not_found' });
    expectProblem(await put('private', source('private', 'x'), other), { status: 404, code: 'not_found' });
    expectProblem(await remove('private', other), { status: 404, code: 'not_found' });
    expect((await allOf<PlaybookJson>(other, PLAYBOOKS)).every((each) => each.source === 'built_in')).toBe(true);
    const call = { description: 'x', playbook: { name: 'private', parameters: { to: 'y' } } };
    const refused = expectProblem(await other.post('/api/v1/goals', call), { path: 'playbook.name' });
    expect(refused.detail.replace('`private`', '')).not.toContain('private');
    expect((await store(source('private', 'theirs'), other)).body.version).toBe(1);
    expect(said(await use('private'))).toContain('mine');
  });
});

describe('the list of playbooks', () => {
  it('has built-in and own ones by name, in pages without a double or a gap [LLM-2]', async () => {
    const own = await signIn(program);
    const names = Array.from({ length: 13 }, (_, n) => `${'bdfhjlnprtvxz'[n]}-own`);
    for (const name of names) await store(source(name, 'x'), own);
    const all = await allOf<PlaybookJson>(own, PLAYBOOKS);
    const builtIn = all.filter((each) => each.source === 'built_in').map(({ name }) => name);
    expect(builtIn.length).toBeGreaterThanOrEqual(8);
    expect(all.every(({ version }) => Number.isInteger(version) && version >= 1)).toBe(true);
    expect(all.map(({ name }) => name)).toEqual([...names, ...builtIn].toSorted());
    for (const limit of [1, 2, 5]) expect(await allOf<PlaybookJson>(own, PLAYBOOKS, limit)).toEqual(all);
    expectProblem(await own.get(`${PLAYBOOKS}?cursor=WyJ4Il0`), { path: '$query.cursor' });
  });

  it('shows a built-in one with its YAML, which nobody can change [LLM-2]', async () => {
    const { body } = await client.get<PlaybookJson>(`${PLAYBOOKS}/csv-report`);
    expect(body).toMatchObject({ source: 'built_in', version: 1, updated_by: null });
    expect(body.yaml).toContain('name: csv-report');
    expectProblem(await store(source('csv-report', 'x')), { status: 409, code: 'playbook_name_taken', path: 'name' });
    const refusal = { status: 409, code: 'playbook_built_in' };
    expectProblem(await put('csv-report', source('csv-report', 'x')), refusal);
    expectProblem(await remove('csv-report'), refusal);
    // A copy under another name is an own one, once its phrases are others.
    const copied = body.yaml.replace('name: csv-report', 'name: our-report');
    expectProblem(await store(copied), { code: 'invalid_playbook', path: 'phrases.0', says: /csv-report/ });
    const ours = copied.replaceAll(/^ {2}- (?=.*\{file\})/gm, '  - our own ');
    expect(await store(ours)).toMatchObject({ status: 201, body: { version: 1 } });
  });
});

describe('at the same time', () => {
  it('20 new versions are 20 versions, without a gap or a double [LLM-2]', async () => {
    const own = await signIn(program);
    await store(source('busy', 'w0'), own);
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) => put('busy', source('busy', `w${n + 1}`), own)),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    const versions = await Promise.all(
      Array.from({ length: 21 }, (_, n) => own.get<PlaybookJson>(`${PLAYBOOKS}/busy?version=${n + 1}`)),
    );
    const words = versions.map(({ body }) => /Says (w\d+)\./.exec(body.yaml)?.[1]);
    expect(new Set(words).size).toBe(21);
    expect((await own.get<PlaybookJson>(`${PLAYBOOKS}/busy`)).body.version).toBe(21);
    expectProblem(await own.get(`${PLAYBOOKS}/busy?version=22`), { status: 404, code: 'not_found' });
  });

  it('50 new playbooks pass the limit of 200 by none [LLM-2]', async () => {
    const tenant = await createTenant(program.database);
    const own = program.client((await createApiKey(program.database, tenant)).token);
    expect((await store(source('seed', 'x'), own)).status).toBe(201);
    // 183 are put there, so that 16 more go in.
    await program.database.tenants.run(tenant.id, async ({ query }) => {
      const copies = `from playbook_version, generate_series(1, 183) n where name = 'seed'`;
      await query(
        `insert into playbook_version (tenant_id, name, version, id, title, description, parameters, phrases, plan, source, created_by)
         select tenant_id, 'copy-' || n, 1, gen_random_uuid(), title, description, parameters, phrases, plan, source, created_by ${copies}`,
      );
      await query(`insert into playbook (tenant_id, name, version) select tenant_id, 'copy-' || n, 1 ${copies}`);
    });
    const answers = await Promise.all(Array.from({ length: 50 }, (_, n) => store(source(`new-${n}`, 'x'), own)));
    const refused = answers.filter(({ status }) => status !== 201);
    expect(refused).toHaveLength(34);
    for (const answer of refused) expectProblem(answer, { status: 409, code: 'playbook_limit' });
    expect((await allOf<PlaybookJson>(own, PLAYBOOKS)).filter((each) => each.source === 'tenant')).toHaveLength(200);
    expect((await remove('seed', own)).status).toBe(204);
    expect((await store(source('seed', 'x'), own)).status).toBe(201);
  });

  it('two playbooks that mean the same words are not both stored [LLM-2]', async () => {
    const own = await signIn(program);
    const twin = (name: string) => store(source(name, 'x', "phrases: ['sing for {to}']\n"), own);
    const answers = await Promise.all([twin('twin-a'), twin('twin-b')]);
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 400]);
  });
});
