import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonValue } from '#libs/kernel';
import { type TestClient, type TestProgram, createApiKey, createTenant, startTestProgram } from '#libs/testing';
import { end, submitted, tasksOf } from './goals.js';

let program: TestProgram;
let client: TestClient;

beforeAll(async () => {
  program = await startTestProgram({ ROLE: 'all' });
  client = program.client((await createApiKey(program.database, await createTenant(program.database))).token);
});
afterAll(() => program.close());

const echo = (id: string, given: JsonValue) => ({ id, tool: 'echo', arguments: given });

/** Runs echoing tasks; gives what became of each by its key. */
async function run(...tasks: object[]) {
  const { id } = await submitted(client, { description: 'Referring', plan: { tasks } });
  const goal = await end(client, id);
  return { goal, tasks: new Map((await tasksOf(client, id)).map((task) => [task.key, task])) };
}

const SOURCE = echo('load', { rows: [{ name: 'north', 'a b': 1 }], n: 0, no: null, text: 'x', nested: { $ref2: 1 } });

describe('a $ref', () => {
  it.each<[string, JsonValue]>([
    ['load.output.rows.0.name', 'north'],
    ['load.output.rows.0.a b', 1],
    ['load.output.rows.0', { name: 'north', 'a b': 1 }],
    ['load.output.rows', [{ name: 'north', 'a b': 1 }]],
    ['load.output.n', 0],
    ['load.output.no', null],
    ['load.output', SOURCE.arguments],
  ])('is replaced by the value that it means: %s [ORC-6]', async (text, value) => {
    const { tasks } = await run(SOURCE, echo('use', { deep: [{ v: { $ref: text } }], other: { $ref: text, and: 1 } }));
    expect(tasks.get('use')).toMatchObject({ depends_on: ['load'] });
    // Beside another key it is no reference.
    expect(tasks.get('use')?.output).toEqual({ deep: [{ v: value }], other: { $ref: text, and: 1 } });
  });

  it('in the place of all arguments must mean an object [ORC-6]', async () => {
    const { tasks } = await run(SOURCE, echo('use', { $ref: 'load.output.rows.0' }));
    expect(tasks.get('use')?.output).toEqual({ name: 'north', 'a b': 1 });
    const text = await run(SOURCE, echo('use', { $ref: 'load.output.text' }));
    expect(text.goal).toMatchObject({ state: 'FAILED' });
    expect(text.tasks.get('use')?.error?.code).toBe('invalid_arguments');
  });

  it('means the longest task id that fits, also with dots and the word output in it [ORC-6]', async () => {
    const { tasks } = await run(
      echo('a', { output: { x: 'of a' }, x: 'of a' }),
      echo('a.output', { x: 'of a.output', output: 1 }),
      echo('a.output.output', { x: 'of a.output.output' }),
      echo('one', { v: { $ref: 'a.output.x' } }),
      echo('two', { v: { $ref: 'a.output.output.x' } }),
      echo('three', { v: { $ref: 'a.output.output.output.x' } }),
    );
    expect(['one', 'two', 'three'].map((key) => tasks.get(key)?.output)).toEqual([
      { v: 'of a' },
      { v: 'of a.output' },
      { v: 'of a.output.output' },
    ]);
  });

  it.each([
    'load.output.none',
    'load.output.rows.1',
    'load.output.rows.-1',
    'load.output.rows.length',
    'load.output.text.0',
    'load.output.text.length',
    'load.output.n.x',
    'load.output.',
    'load.output.constructor',
    'load.output.__proto__',
    'load.output.rows.map',
    'load.output.no.x',
  ])('to what is not there fails the task: %s [ORC-6]', async (text) => {
    const { goal, tasks } = await run(SOURCE, echo('use', { v: { $ref: text } }));
    expect(goal).toMatchObject({ state: 'FAILED', error: { code: 'task_failed' } });
    // Trying again would not help.
    expect(tasks.get('use')).toMatchObject({ state: 'FAILED', attempts: 1, error: { code: 'ref_missing' } });
    expect(tasks.get('use')?.error?.detail).toContain(text);
  });

  it('to a result that does not fit the tool fails the task, naming the argument [TOL-5]', async () => {
    const { tasks } = await run(SOURCE, {
      id: 'use',
      tool: 'sleep',
      arguments: { seconds: { $ref: 'load.output.text' } },
    });
    expect(tasks.get('use')).toMatchObject({ state: 'FAILED', attempts: 1, error: { code: 'invalid_arguments' } });
    expect(tasks.get('use')?.error?.detail).toMatch(/seconds.*number/);
  });

  it('is not looked for in what it brings: results are values, not plans [ORC-6]', async () => {
    const { tasks } = await run(
      echo('evil', { $literal: { v: { $ref: 'secret.output' } } }),
      echo('secret', { s: 1 }),
      echo('use', { v: { $ref: 'evil.output' } }),
    );
    expect(tasks.get('use')?.output).toEqual({ v: { v: { $ref: 'secret.output' } } });
  });
});

describe('a $literal', () => {
  it.each<[JsonValue]>([[{ $ref: 'load.output' }], [{ $literal: 1 }], [[{ $ref: 'nothing' }]], ['x'], [null]])(
    'passes its value untouched: %j [ORC-6]',
    async (value) => {
      const { tasks } = await run(SOURCE, echo('use', { v: { $literal: value } }));
      expect(tasks.get('use')).toMatchObject({ depends_on: [], output: { v: value } });
    },
  );
});

it('names of tasks and fields that mean something to JavaScript mean nothing here [ORC-5]', async () => {
  const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', '..', '.', '-', '0', 'output', 'null'];
  const { goal } = await run(...names.map((name) => echo(name, { toString: 1, constructor: { name } })));
  expect(goal).toMatchObject({ state: 'COMPLETED', progress: { succeeded: names.length } });
  expect(Object.keys(goal.result?.['outputs'] ?? {}).toSorted()).toEqual(names.toSorted());
});

it('results cannot be made to grow without measure by referring to each other [ORC-6]', async () => {
  const doubled = Array.from({ length: 30 }, (_, n) => {
    const before = { $ref: `t${n}.output` };
    return echo(`t${n + 1}`, { a: before, b: before });
  });
  const { goal } = await run(echo('t0', { text: 'x'.repeat(1_000) }), ...doubled);
  expect(goal).toMatchObject({ state: 'FAILED' });
  expect(goal.error?.detail).toMatch(/larger than|more than \d+ bytes/);
});
