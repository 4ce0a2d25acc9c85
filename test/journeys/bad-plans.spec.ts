import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestClient, type TestProgram, createApiKey, createTenant, startTestProgram } from '#libs/testing';
import type { GoalJson, PageJson } from './goals.js';
import { type Refusal, expectProblem } from './problems.js';

let program: TestProgram;
let client: TestClient;

beforeAll(async () => {
  program = await startTestProgram({ ROLE: 'all' });
  client = program.client((await createApiKey(program.database, await createTenant(program.database))).token);
});
afterAll(() => program.close());

type Task = Readonly<Record<string, unknown>>;

const echo = (id: string, depends_on: readonly string[] = []): Task => ({ id, tool: 'echo', depends_on });
const ref = (id: string, text: string): Task => ({ id, tool: 'echo', arguments: { deep: [{ v: { $ref: text } }] } });
const write = (path: unknown): Task => ({ id: 'a', tool: 'write_file', arguments: { path, content: '' } });
const many = (length: number): Task[] => Array.from({ length }, (_, n) => echo(`t${n}`));

/** As JSON text where it could not be written as an object, e.g. with `__proto__`. */
function submit(tasks: unknown, rest: object = {}) {
  return client.post('/api/v1/goals', { description: 'x', plan: { tasks }, ...rest });
}

async function refuses(tasks: unknown, refusal: Refusal): Promise<void> {
  expectProblem(await submit(tasks), refusal);
  // A dry run must not be kinder.
  expectProblem(await client.post('/api/v1/goals?dry_run=true', { description: 'x', plan: { tasks } }), refusal);
}

describe('a graph that cannot be run is refused before anything runs', () => {
  it.each<[string, Task[], Refusal]>([
    ['without a task', [], { path: 'plan.tasks', says: /at least one task/ }],
    ['of 5,001 tasks', many(5_001), { path: 'plan.tasks', says: /at most 5000/ }],
    ['with an id twice', [echo('a'), echo('b'), echo('a')], { path: 'plan.tasks.2.id', says: /"a".*unique/ }],
    ['with an unknown dependency', [echo('a', ['b'])], { path: 'plan.tasks.0.depends_on.0', says: /no task "b"/ }],
    ['that depends on itself', [echo('a', ['a'])], { path: 'plan.tasks.0', says: /a → a.*[Rr]emove/ }],
    ['that refers to itself', [ref('a', 'a.output')], { path: 'plan.tasks.0', says: 'a → a' }],
    ['with a cycle', [echo('a', ['b']), echo('b', ['a'])], { says: /(a → b → a|b → a → b)/ }],
    ['with a cycle of $ref', [ref('a', 'b.output.x'), ref('b', 'a.output')], { says: /(a → b → a|b → a → b)/ }],
    [
      'with a cycle of both',
      [echo('o'), echo('a', ['b']), ref('b', 'c.output'), echo('c', ['o', 'a'])],
      { says: /a → b → c → a|b → c → a → b|c → a → b → c/ },
    ],
    [
      'with a $ref to nothing',
      [ref('a', 'x.output')],
      { path: 'plan.tasks.0.arguments.deep.0.v.$ref', says: /"x.output".*<task id>.output/ },
    ],
    ['with a $ref without output', [echo('b'), ref('a', 'b.result')], { path: 'plan.tasks.1.arguments.deep.0.v.$ref' }],
    [
      'with a $ref that is no text',
      [{ ...echo('a'), arguments: { v: { $ref: 7 } } }],
      { path: 'plan.tasks.0.arguments.v.$ref', says: /text/ },
    ],
  ])('%s [ORC-5]', async (_what, tasks, refusal) => refuses(tasks, refusal));

  it('whatever its size: 5,000 tasks in one circle are named in short [ORC-5]', async () => {
    const circle = many(5_000).map((task, n) => ({ ...task, depends_on: [`t${(n + 1) % 5_000}`] }));
    await refuses(circle, { path: /^plan\.tasks\.\d+$/, says: /t\d+ → .*more\) → t\d+/ });
  });
});

describe('a task that cannot be run is refused', () => {
  it.each<[string, unknown, Refusal]>([
    ['without a tool', { id: 'a' }, { path: 'plan.tasks.0.tool', says: /\/api\/v1\/tools/ }],
    ['with an unknown tool', { id: 'a', tool: 'ecko' }, { path: 'plan.tasks.0.tool', says: /"ecko".*read_file/ }],
    ['with a tool from the prototype', { id: 'a', tool: 'constructor' }, { path: 'plan.tasks.0.tool' }],
    ['without an id', { tool: 'echo' }, { path: 'plan.tasks.0.id' }],
    ['with an empty id', echo(''), { path: 'plan.tasks.0.id', says: /1 to 128/ }],
    ['with a space in its id', echo('a b'), { path: 'plan.tasks.0.id', says: /letters, digits/ }],
    ['with a line break after its id', echo('a\n'), { path: 'plan.tasks.0.id' }],
    ['with an id of 129', echo('a'.repeat(129)), { path: 'plan.tasks.0.id' }],
    ['that is a number', 1, { path: 'plan.tasks.0' }],
    ['with an unknown field', { ...echo('a'), tol: 'echo' }, { path: 'plan.tasks.0.tol', says: /Unknown field/ }],
    [
      'with an unknown field of retry',
      { ...echo('a'), retry: { attempts: 2 } },
      { path: 'plan.tasks.0.retry.attempts' },
    ],
    ['with an unknown field of check', { ...echo('a'), check: { schema: {}, x: 1 } }, { path: 'plan.tasks.0.check.x' }],
    ['with no attempt', { ...echo('a'), retry: { max_attempts: 0 } }, { path: 'plan.tasks.0.retry.max_attempts' }],
    ['with 21 attempts', { ...echo('a'), retry: { max_attempts: 21 } }, { path: 'plan.tasks.0.retry.max_attempts' }],
    [
      'with half an attempt',
      { ...echo('a'), retry: { max_attempts: 1.5 } },
      { path: 'plan.tasks.0.retry.max_attempts' },
    ],
    ['with no time', { ...echo('a'), timeout_seconds: 0 }, { path: 'plan.tasks.0.timeout_seconds' }],
    ['with negative time', { ...echo('a'), timeout_seconds: -1 }, { path: 'plan.tasks.0.timeout_seconds' }],
    ['with more than an hour', { ...echo('a'), timeout_seconds: 3601 }, { path: 'plan.tasks.0.timeout_seconds' }],
    [
      'with a check that is no schema',
      { ...echo('a'), check: { schema: 'object' } },
      { path: 'plan.tasks.0.check.schema', says: /JSON Schema/ },
    ],
    [
      'with a check of an unknown type',
      { ...echo('a'), check: { schema: { type: 'objekt' } } },
      { path: /^plan\.tasks\.0\.check\.schema/ },
    ],
    [
      'with a check that points elsewhere',
      { ...echo('a'), check: { schema: { $ref: 'http://localhost:1/s' } } },
      { path: /^plan\.tasks\.0\.check\.schema/ },
    ],
    [
      'with a pattern that is none',
      { ...echo('a'), check: { schema: { pattern: '(' } } },
      { path: /^plan\.tasks\.0\.check\.schema/ },
    ],
  ])('%s [ORC-5]', async (_what, task, refusal) => refuses([task], refusal));

  it.each<[string, unknown, Refusal]>([
    ['without a required one', { tool: 'read_file' }, { path: 'plan.tasks.0.arguments.path', says: /required/ }],
    [
      'of the wrong type',
      { tool: 'sleep', arguments: { seconds: '1' } },
      { path: 'plan.tasks.0.arguments.seconds', says: /must be a number, not text/ },
    ],
    ['beyond a limit', { tool: 'sleep', arguments: { seconds: 3601 } }, { path: 'plan.tasks.0.arguments.seconds' }],
    [
      'with an unknown field',
      { tool: 'sleep', arguments: { seconds: 1, s: 1 } },
      { path: 'plan.tasks.0.arguments.s', says: /use `seconds` or remove/ },
    ],
    [
      'in a $literal',
      { tool: 'sleep', arguments: { seconds: { $literal: 'x' } } },
      { path: 'plan.tasks.0.arguments.seconds.$literal' },
    ],
    ['as a list', { tool: 'echo', arguments: [] }, { path: 'plan.tasks.0.arguments', says: /object/ }],
    [
      '101 levels deep',
      { tool: 'echo', arguments: JSON.parse(`${'{"a":'.repeat(101)}{}${'}'.repeat(101)}`) as unknown },
      { path: /^plan\.tasks\.0\.arguments\./, says: /deep/ },
    ],
  ])('with arguments %s [TOL-5]', async (_what, task, refusal) => refuses([{ id: 'a', ...(task as object) }], refusal));
});

describe('a path that leaves the workspace is refused at submission', () => {
  const OUTSIDE = ['..', '../x', 'a/../../x', 'a/..', '/etc/passwd', '//x', '..\\x', 'C:\\x', ''];

  it.each(OUTSIDE)('in arguments: "%s" [TOL-1, SAF-4]', async (path) => {
    await refuses([write(path)], { path: 'plan.tasks.0.arguments.path' });
    await refuses([write({ $literal: path })], { path: 'plan.tasks.0.arguments.path.$literal' });
  });

  it.each(OUTSIDE)('in files: "%s" [TOL-1, SAF-4]', async (path) => {
    const files = [
      { path: 'fine', content_base64: '' },
      { path, content_base64: '' },
    ];
    expectProblem(await submit([echo('a')], { files }), { path: 'files.1.path' });
  });
});

describe('what needs a model says so', () => {
  const MODEL: Refusal = { code: 'model_required', says: /model/ };

  it.each<[string, object, string]>([
    ['a goal in words that no rule understands', {}, 'description'],
    ['a prompt', { plan: { tasks: [echo('a'), { id: 'b', prompt: 'Say hello' }] } }, 'plan.tasks.1.prompt'],
    ['an agent', { plan: { tasks: [{ id: 'b', agent: 'writer' }] } }, 'plan.tasks.0.agent'],
    ['an agent beside a tool', { plan: { tasks: [{ ...echo('b'), agent: 'writer' }] } }, 'plan.tasks.0.agent'],
    ['a council', { pattern: 'council', plan: { tasks: [echo('a')] } }, 'pattern'],
    ['a swarm', { pattern: 'swarm' }, 'pattern'],
    ['a market', { pattern: 'market' }, 'pattern'],
  ])('%s [ORC-15]', async (_what, rest, path) => {
    expectProblem(await client.post('/api/v1/goals', { description: 'x', ...rest }), { ...MODEL, path });
  });

  it('while a playbook that there is not is named beside those that there are [ORC-15]', async () => {
    const answer = await client.post('/api/v1/goals', { description: 'x', playbook: { name: 'p', parameters: {} } });
    expectProblem(answer, { path: 'playbook.name', says: /csv-report/ });
  });
});

it('nothing of what is refused above is stored [ORC-5]', async () => {
  const stored = await client.get<PageJson<GoalJson>>('/api/v1/goals');
  expect(stored.body.data).toEqual([]);
});
