import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestClient, type TestProgram, startTestProgram } from '#libs/testing';
import { allOf } from './goals.js';
import { signIn } from './playbook-goals.js';
import { type Refusal, expectProblem } from './problems.js';

const PLAYBOOKS = '/api/v1/playbooks';

let program: TestProgram;
let client: TestClient;

beforeAll(async () => {
  program = await startTestProgram({ ROLE: 'api' });
  client = await signIn(program);
});
afterAll(() => program.close());

const withTasks = (tasks: string, more = '') =>
  `name: bad\ntitle: Bad\ndescription: Bad.\n${more}plan:\n  tasks:\n${tasks}\n`;
const PARAMETER = 'parameters: { type: object, required: [p], properties: { p: { type: string, examples: [x] } } }\n';

const INVALID: readonly (readonly [what: string, source: string, refusal: Refusal])[] = [
  ['no YAML', 'name: [', { says: /line 1/ }],
  ['a list', '- a\n- b\n', {}],
  ['a scalar', 'hello', {}],
  ['an alias', withTasks('    - &a { id: a, tool: echo }\n    - *a'), { says: /line \d/ }],
  ['a bomb of aliases', `a: &a [x, x]\n${Array.from({ length: 20 }, (_, n) => `b${n}: [*a, *a]`).join('\n')}`, {}],
  ['a tag', withTasks('    - { id: a, tool: !!js/function "x" }'), {}],
  ['a merge key', withTasks('    - { <<: { id: a }, tool: echo }'), {}],
  ['a key twice', `name: bad\n${withTasks('    - { id: a, tool: echo }')}`, { path: 'name', says: /twice.*line 2/ }],
  ['a prototype', withTasks('    - { id: a, tool: echo, arguments: { __proto__: { x: 1 } } }'), { says: /__proto__/ }],
  ['a NUL in an escape', withTasks('    - { id: a, tool: echo, arguments: { x: "\\0" } }'), {}],
  ['half a surrogate pair', withTasks('    - { id: a, tool: echo, arguments: { x: "\\uD800" } }'), {}],
  [
    'too many levels',
    withTasks(`    - { id: a, tool: echo, arguments: { x: ${'['.repeat(200)}${']'.repeat(200)} } }`),
    {},
  ],
  ['very many levels', '['.repeat(60_000), {}],
  [
    'too many characters',
    `${withTasks('    - { id: a, tool: echo }')}#${'x'.repeat(70_000)}`,
    { says: /65536|65,536/ },
  ],
  ['infinity', withTasks('    - { id: a, tool: echo, arguments: { x: .inf } }'), {}],
  ['no name', withTasks('    - { id: a, tool: echo }').slice(10), { path: 'name' }],
  ['a bad name', withTasks('    - { id: a, tool: echo }').replace('bad', 'Bad_Name'), { path: 'name' }],
  ['a path as name', withTasks('    - { id: a, tool: echo }').replace('bad', '../../etc'), { path: 'name' }],
  ['an unknown field', withTasks('    - { id: a, tool: echo }', 'surprise: 1\n'), { path: 'surprise' }],
  ['no tasks', 'name: bad\ntitle: Bad\ndescription: Bad.\nplan: { tasks: [] }\n', { path: 'plan.tasks' }],
  ['an unknown tool', withTasks('    - { id: a, tool: ecko }'), { path: 'plan.tasks.0.tool', says: /ecko.*line 6/ }],
  [
    'wrong arguments',
    withTasks('    - { id: a, tool: read_file, arguments: { pfad: x } }'),
    { path: /^plan\.tasks\.0\.arguments/ },
  ],
  [
    'a circle',
    withTasks('    - { id: a, tool: echo, depends_on: [b] }\n    - { id: b, tool: echo, depends_on: [a] }'),
    { says: /circle/ },
  ],
  [
    'a reference to nothing',
    withTasks('    - { id: a, tool: echo, arguments: { x: { $ref: b.output } } }'),
    { says: /refers to no task/ },
  ],
  [
    'a path out of the workspace',
    withTasks('    - { id: a, tool: read_file, arguments: { path: ../x } }'),
    { path: /^plan\.tasks\.0\.arguments\.path/ },
  ],
  [
    'an address inside',
    withTasks('    - { id: a, tool: http_get, arguments: { url: "http://127.0.0.1/" } }'),
    { path: /^plan\.tasks\.0\.arguments\.url/ },
  ],
  [
    'an unknown parameter',
    withTasks('    - { id: a, tool: echo, arguments: { x: { $param: q } } }', PARAMETER),
    { path: /^plan\.tasks\.0\.arguments/, says: /line/ },
  ],
  [
    'a parameter that is code',
    withTasks('    - { id: a, tool: execute_javascript, arguments: { code: { $param: p } } }', PARAMETER),
    { path: /code$/ },
  ],
  [
    'very large parameters',
    withTasks(
      '    - { id: a, tool: echo }',
      `parameters: { type: object, properties: { p: { type: string, default: ${'x'.repeat(17_000)} } } }\n`,
    ),
    { path: 'parameters', says: /16 KiB.*line 4/ },
  ],
  ['a prompt', withTasks('    - { id: a, tool: echo, prompt: hello }'), {}],
  [
    'a regular expression',
    withTasks(
      '    - { id: a, tool: echo }',
      'parameters: { type: object, properties: { p: { type: string, pattern: "(a+)+$" } } }\n',
    ),
    { path: /pattern$/ },
  ],
  [
    'a schema that points elsewhere',
    withTasks(
      '    - { id: a, tool: echo }',
      'parameters: { type: object, properties: { p: { type: string, $ref: "file:///etc/passwd" } } }\n',
    ),
    {},
  ],
];

describe('a text that is no playbook', () => {
  it.each(INVALID)('because of %s is refused with its place [LLM-2]', async (_what, source, refusal) => {
    const answer = await client.post(PLAYBOOKS, { source });
    expectProblem(answer, { code: 'invalid_playbook', ...refusal });
  });

  it('is refused for a new version as well, which then does not exist [LLM-2]', async () => {
    const good = withTasks('    - { id: a, tool: echo }').replace('bad', 'good');
    expect((await client.post(PLAYBOOKS, { source: good })).status).toBe(201);
    const put = (source: string) => client.send('PUT', `${PLAYBOOKS}/good`, { body: { source } });
    expectProblem(await put('name: ['), { code: 'invalid_playbook' });
    expectProblem(await put(good.replace('name: good', 'name: better')), { code: 'invalid_playbook', path: 'name' });
    expect((await client.get(`${PLAYBOOKS}/good`)).body).toMatchObject({ version: 1, yaml: good });
  });

  it('is a matter of the body where it is no text at all [LLM-2]', async () => {
    for (const source of [undefined, null, 7, {}, '']) {
      expectProblem(await client.post(PLAYBOOKS, { source }), { path: 'source' });
    }
    expectProblem(await client.post(PLAYBOOKS, { source: 'x\u0000' }), { path: 'source' });
    expectProblem(await client.post(PLAYBOOKS, { source: 'name: x', more: 1 }), { path: 'more' });
    const large = await client.post(PLAYBOOKS, { source: 'x'.repeat(1024 * 1024) });
    expectProblem(large, { status: 413, code: 'body_too_large' });
  });

  it('leaves nothing behind [LLM-2]', async () => {
    const stored = await allOf<{ name: string; source: string }>(client, PLAYBOOKS);
    expect(stored.filter((each) => each.source === 'tenant').map(({ name }) => name)).toEqual(['good']);
    for (const name of ['..%2f..%2fetc', 'Good', 'good%00', 'a'.repeat(65), '-', 'constructor.x', "g'or'1"]) {
      for (const method of ['GET', 'DELETE']) {
        expectProblem(await client.send(method, `${PLAYBOOKS}/${name}`), { status: 404, code: 'not_found' });
      }
    }
  });
});

describe('what a parameter brings in', () => {
  it('is data: it refers to nothing and is no code [LLM-2]', async () => {
    const source = withTasks(
      '    - { id: first, tool: echo, arguments: { secret: 42 } }\n    - { id: second, tool: echo, arguments: { said: { $param: p } }, depends_on: [first] }',
      'parameters: { type: object, required: [p], properties: { p: { type: object, additionalProperties: true, examples: [{}] } } }\n',
    ).replace('bad', 'says');
    expect((await client.post(PLAYBOOKS, { source })).status).toBe(201);
    const p = { $ref: 'first.output.secret' };
    const body = { description: 'x', playbook: { name: 'says', parameters: { p } } };
    const { status, body: run } = await client.post<{ plan: object }>('/api/v1/goals?dry_run=true', body);
    expect(status).toBe(200);
    expect(run.plan).toMatchObject({ tasks: [{}, { arguments: { said: { $literal: p } } }] });
  });
});
