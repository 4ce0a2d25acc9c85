import { describe, expect, it } from 'vitest';
import type { JsonValue } from '#libs/kernel';
import { type Ran, runPlan } from '../conformance/run-plan.js';
import { playbookLibrary } from '../library/library.js';
import { RulePlanner } from '../planner/rule-planner.js';
import type { Plan } from '#libs/orchestration';
import { commandWords } from './command-words.js';
import { splitSteps } from './split.js';

const planner = new RulePlanner();
function planned(
  description: string,
  planners: readonly string[] = ['steps', 'shape'],
  files: readonly string[] = [],
): Plan {
  const result = planner.plan({ description, files }, playbookLibrary());
  if (!result.understood) throw new Error(result.hints.join('\n') || 'not understood');
  expect(planners).toContain(result.by.planner);
  return result.plan;
}
const hint = (description: string): string => {
  const result = planner.plan({ description, files: [] }, playbookLibrary());
  return result.understood ? 'understood' : result.hints.join('\n');
};

const SALES = 'region,amount,who\nnorth,0.1,Ann\nsouth,7,Bob\nnorth,0.2,"Cid, jr"\neast,10,Ann\n';
const run = (
  description: string,
  files: Record<string, string> = {},
  outputs: Record<string, JsonValue> = {},
): Promise<Ran> =>
  runPlan(planned(description, undefined, Object.keys(files)), { files: { 'sales.csv': SALES, ...files }, outputs });
/** What steps on sales.csv leave in a file. */
const left = async (steps: string, path = 'out.json'): Promise<string> =>
  (await run(`read sales.csv; ${steps}; write the result to ${path}`)).written[path] ?? '';

describe('a list of steps', () => {
  it.each([
    '1. read sales.csv 2. count rows by region 3. write the result to out.json',
    '1) Read the sales.csv.\n2) Count the rows by region,\n3) Save it as out.json',
    '- read sales.csv\n- count rows by "region"\n- write it to out.json',
    'read sales.csv, then count rows by region; write the result to out.json.',
    'Please do the following:\nRead sales.csv\nThen count rows by region\nand then save the result to out.json',
    '(1) load file `sales.csv` (2) count rows by region (3) save result to "out.json"',
    'count rows in sales.csv by region then write the result to out.json',
  ])('is understood however it is written: %j [LLM-2] [ORC-15]', async (text) => {
    expect(JSON.parse((await run(text)).written['out.json'] ?? '')).toEqual([
      { region: 'east', rows: 1 },
      { region: 'north', rows: 2 },
      { region: 'south', rows: 1 },
    ]);
  });

  it('becomes tasks in a row, which refer to each other [LLM-2]', () => {
    const { tasks } = planned('1. read sales.csv 2. sum amount by region 3. write the result to out.csv');
    expect(tasks.map(({ id, tool, depends_on }) => [id, tool, depends_on])).toEqual([
      ['step-1', 'read_file', undefined],
      ['step-2', 'execute_javascript', ['step-1']],
      ['step-3-text', 'execute_javascript', ['step-2']],
      ['step-3', 'write_file', ['step-3-text']],
    ]);
    expect(tasks[1]?.arguments?.['input']).toEqual({
      operation: 'sum',
      column: 'amount',
      by: 'region',
      source: { kind: 'text', name: 'sales.csv', text: { $ref: 'step-1.output.content' } },
    });
    expect(tasks[3]?.arguments).toEqual({ path: 'out.csv', content: { $ref: 'step-3-text.output.value.text' } });
  });

  it('of which one step is not understood is not understood at all, and says which [LLM-2] [ORC-15]', () => {
    expect(hint('1. read sales.csv 2. make it pretty 3. write the result to out.json')).toMatch(
      /^Step 2, “make it pretty”: this is no step that is known\. Write it as (“[^”]+”, ){4}“[^”]+”; longer/,
    );
    expect(hint('- count rows\n- read a.csv')).toContain('Step 1, “count rows”: There is no result to work on yet');
    expect(hint('write the result to a.txt; read b.txt')).not.toContain('understood');
    expect(hint('1. run `rm -rf / | cat`')).toContain('no shell reads this');
    expect(hint('read a.csv; keep rows where amount')).toContain('Write a condition as');
    expect(hint(Array.from({ length: 51 }, (_, n) => `${n + 1}. read a.csv`).join(' '))).toContain('at most 50 steps');
    expect(hint('Dear team,\nyesterday was fine.\nLet us meet then.')).not.toContain('Step');
  });

  it.each([
    ['run wc -l sales.csv', 'a command stands in backticks: run `wc -l sales.csv`.'],
    ['1. run ls', 'a command stands in backticks'],
    ['count the apples in sales.csv', 'Write it as “count rows by {by}”, “count rows”, “count lines”'],
    ['sort sales.csv descending', 'Write it as “sort by {column} descending”'],
    ['filter rows where amount = 1', 'There is no result to work on yet'],
    ['count rows by region and who in sales.csv', 'put it in quotes'],
  ])('says how a sentence that begins as a step is said: %s [LLM-2]', (text, form) => {
    expect(hint(text).split('\n')[0]).toContain(form);
  });

  it('is split where numbers count up, outside of quotes [LLM-2]', () => {
    expect(splitSteps('1. take first 3 2. write "1. a; b then 3. c" to x.txt 3. end')?.steps).toEqual([
      'take first 3',
      'write "1. a; b then 3. c" to x.txt',
      'end',
    ]);
    expect(splitSteps('read a.csv')).toBeUndefined();
    expect(splitSteps('2. read a.csv 3. end')).toBeUndefined();
    expect(splitSteps("don't; won't")?.steps).toEqual(["don't", "won't"]);
    expect(splitSteps('- a')).toEqual({ steps: ['a'], marked: true });
    expect(splitSteps('- ; ;')).toBeUndefined();
  });
});

describe('steps that compute', () => {
  it.each([
    ['count rows', '4'],
    ['count lines', '5'],
    ['count words', '6'],
    ['sum amount', '17.3'],
    ['sum the column amount', '17.3'],
    ['add up amount', '17.3'],
    ['average amount', '4.325'],
    ['find the smallest amount', '0.1'],
    ['largest amount', '10'],
    ['keep rows where amount > 5; count rows', '2'],
    ['filter rows where region is north; sum amount', '0.3'],
    ['filter rows where region != north; count rows', '2'],
    ['keep only rows where who contains "cid"; count rows', '1'],
    ['filter rows where amount<=0.2; count rows', '2'],
    ['filter rows where who contains "<b> = x"; count rows', '0'],
    ['sum amount in sales.csv', '17.3'],
    ['take first two rows; sum amount', '7.1'],
    ['take the last 1; sum amount', '10'],
    ['sort by amount descending; take first 1; sum amount', '10'],
    ['sort by amount, largest first; take first 1; sum amount', '10'],
    ['sort by amount, smallest first; take first 1; sum of amount', '0.1'],
    ['largest of amount', '10'],
    ['average of the column amount', '4.325'],
    ['sort rows by AMOUNT; keep first 1 rows; sum amount', '0.1'],
  ])('%s → %s [LLM-2]', async (steps, result) => {
    expect(await left(steps, 'out.txt')).toBe(`${result}\n`);
  });

  it.each([
    ['sum amount by region', 'a.csv', 'region,sum of amount\r\neast,10\r\nnorth,0.3\r\nsouth,7\r\n'],
    [
      'keep columns who and region; take first 3',
      'a.csv',
      'who,region\r\nAnn,north\r\nBob,south\r\n"Cid, jr",north\r\n',
    ],
    [
      'average amount by region; take first 1',
      'a.md',
      '| region | average of amount |\n| --- | --- |\n| east | 10 |\n',
    ],
    ['count rows', 'a.json', '{\n  "rows": 4\n}\n'],
    ['count rows', 'a.csv', 'rows\r\n4\r\n'],
    ['largest amount', 'a.md', '- largest of amount: 10\n'],
    ['keep columns who; take first 1', 'a.txt', 'who\nAnn\n'],
  ])('%s, written to %s [LLM-2]', async (steps, path, text) => {
    expect(await left(steps, path)).toBe(text);
  });

  it('read JSON, JSON lines and plain text as tables, too [LLM-2]', async () => {
    const files = {
      'a.json': '[{"n": 1}, {"n": 2.5, "m": "x"}]',
      'b.jsonl': '{"n": 3}\n\n{"n": 4}\n',
      'c.log': 'one\ntwo\nthree\n',
    };
    const text = async (steps: string): Promise<string> =>
      (await run(`${steps}; write the result to out.txt`, files)).written['out.txt'] ?? '';
    expect(await text('sum n in a.json')).toBe('3.5\n');
    expect(await text('read b.jsonl; count rows')).toBe('2\n');
    expect(await text('read c.log; take last 2 lines')).toBe('two\nthree\n');
    expect(await text('read c.log')).toBe('one\ntwo\nthree\n');
  });

  it.each([
    ['sum who', '"Ann" in the column "who" is no number.'],
    ['sum price', 'There is no column "price". The columns are: region, amount, who.'],
    ['count rows; count words', 'There is no text here'],
  ])('say what is wrong: %s [LLM-2]', async (steps, message) => {
    await expect(left(steps)).rejects.toThrow(message);
  });
});

describe('what is written', () => {
  it.each([
    ['a.csv', 'x,y\n1,p\n', 'b.json', '[\n  {\n    "x": "1",\n    "y": "p"\n  }\n]\n'],
    ['a.csv', 'x,y\n1,p\n', 'b.jsonl', '{"x":"1","y":"p"}\n'],
    ['a.json', '[{"x": 1}]', 'b.csv', 'x\r\n1\r\n'],
    ['a.csv', 'x,y\n1,p\n', 'b.csv', 'x,y\n1,p\n'],
    ['a.csv', 'x,y\n1,p\n', 'b.txt', 'x,y\n1,p\n'],
    ['a.txt', 'hello\n', 'b.md', 'hello\n'],
  ])('has the form of its name: %s %j to %s [LLM-2]', async (from, text, to, expected) => {
    expect((await run(`read ${from}; write it to ${to}`, { [from]: text })).written[to]).toBe(expected);
  });

  it('is no text under the name of JSON [LLM-2]', () => {
    expect(hint('read a.txt; write it to b.json')).toContain('A text is no JSON: write it to a name that ends in .txt');
    expect(hint('fetch https://acme.test; write it to b.json')).toContain('A text is no JSON');
    expect(hint('run `cat a.json`; write it to b.json')).toBe('understood');
  });

  it.each<[JsonValue, string, string]>([
    [{ a: [1] }, 'x.json', '{\n  "a": [\n    1\n  ]\n}\n'],
    [{ a: 1 }, 'x.txt', '{\n  "a": 1\n}\n'],
    [[{ a: 1 }], 'x.csv', 'a\r\n1\r\n'],
    [null, 'x.json', 'null\n'],
    ['plain', 'x.json', 'plain'],
  ])('is what was downloaded, a value of JSON, too: %j to %s [LLM-2]', async (body, path, expected) => {
    const ran = await run(`download https://acme.test/api then write it to ${path}`, {}, { http_get: { body } });
    expect(ran.written[path]).toBe(expected);
  });
});

describe('a column', () => {
  it.each(['sort by amount, biggest first', 'count rows by region and who', 'sum amount, price', 'sum amount by a,b'])(
    'that may be several is refused: %s [LLM-2]',
    (text) => {
      expect(hint(`read sales.csv; ${text}`)).toMatch(/^Step 2.*may be more than one name: put it in quotes/);
    },
  );

  it('may have any name in quotes [LLM-2]', async () => {
    const files = { 'x.csv': '"paid, and how",n\ncash,2\n' };
    const ran = await run('read x.csv; count rows by "paid, and how"; write it to out.csv', files);
    expect(ran.written['out.csv']).toBe('"paid, and how",rows\r\ncash,1\r\n');
  });
});

describe('a condition', () => {
  it.each([
    ['region = "North" and amount > 10', 'A step has one condition'],
    ['region = North and amount > 10', 'A step has one condition'],
    ['region = "North" or region = "South"', 'A step has one condition'],
    ['region = north, south', 'A step has one condition'],
    ['amount is > 10', 'A step has one condition'],
    ['region and amount = 1', 'One condition to a step'],
    ['amount is greater than 10', 'Write a condition as'],
    ['who is empty', 'an empty value is `""`'],
    ['amount > ten', '`>` compares with a number in digits'],
    ['amount < "1,5"', '`<` compares with a number in digits'],
  ])('that could mean something else is refused with the reason: %s [LLM-2]', (text, reason) => {
    expect(hint(`read sales.csv; filter rows where ${text}; count rows`)).toContain(reason);
  });

  it.each([
    ['region = "north and south"', '0'],
    ['who = "Cid, jr"', '1'],
    ['"region" = “north”', '2'],
    ['who != ""', '4'],
    ['amount >= 7', '2'],
  ])('in quotes is taken as it stands: %s [LLM-2]', async (text, rows) => {
    expect(await left(`filter rows where ${text}; count rows`, 'out.txt')).toBe(`${rows}\n`);
  });

  it('does not compare by size what is no number or date [LLM-2]', async () => {
    const rows = (condition: string) =>
      run(`read x.csv; filter rows where ${condition}; count rows; write it to out.txt`, {
        'x.csv': 'xa;xb;xc\n5;n/a;2026-01-31\n;3;2025-12-31\n',
      }).then(({ written: files }) => files['out.txt']);
    expect(await rows('xa < 10')).toBe('1\n');
    expect(await rows('xc > 2026-01-01')).toBe('1\n');
    await expect(rows('xb > 1')).rejects.toThrow('"n/a" in the column "xb" is no number.');
  });
});

describe('steps about files, pages and commands', () => {
  it.each<[string, readonly (readonly [string, object])[]]>([
    ['list the files', [['list_directory', { path: '.' }]]],
    ['list the files in data', [['list_directory', { path: 'data' }]]],
    ['read notes.txt', [['read_file', { path: 'notes.txt' }]]],
    ['checksum of notes.txt', [['file_info', { path: 'notes.txt' }]]],
    ['fetch https://acme.test/a.', [['fetch_webpage', { url: 'https://acme.test/a' }]]],
    ['download https://acme.test/a.csv', [['http_get', { url: 'https://acme.test/a.csv' }]]],
    ['find files matching **/*.csv in data', [['search_files', { path: 'data', pattern: '**/*.csv' }]]],
    [
      'search for "out of memory" in logs/app.log',
      [['search_files', { path: 'logs', pattern: 'app.log', contains: 'out of memory' }]],
    ],
    ['search for time out in logs', [['search_files', { path: 'logs', pattern: '**/*', contains: 'time out' }]]],
    ['search for x', [['search_files', { path: '.', pattern: '**/*', contains: 'x' }]]],
    ['copy a.txt to b/c', [['copy_file', { from: 'a.txt', to: 'b/c' }]]],
    ['rename a.txt to b.txt', [['move_file', { from: 'a.txt', to: 'b.txt' }]]],
    ['delete the file a.txt', [['delete_file', { path: 'a.txt' }]]],
    ['make a folder out', [['create_directory', { path: 'out' }]]],
    ['wait 2 seconds', [['sleep', { seconds: 2 }]]],
    ['wait one minute', [['sleep', { seconds: 60 }]]],
    ['run `wc -l "my file.txt"`', [['run_command', { command: ['wc', '-l', 'my file.txt'] }]]],
    ['write "hello" to a.txt', [['write_file', { path: 'a.txt', content: 'hello' }]]],
    ['check that a.txt exists', [['file_info', { path: 'a.txt' }]]],
    [
      'check that d/a.txt contains all is well',
      [['search_files', { path: 'd', pattern: 'a.txt', contains: 'all is well' }]],
    ],
    [
      'fetch https://acme.test; write it to a.txt',
      [
        ['fetch_webpage', { url: 'https://acme.test' }],
        ['write_file', { path: 'a.txt', content: { $ref: 'step-1.output.text' } }],
      ],
    ],
  ])('%s [LLM-2]', (text, tasks) => {
    expect(planned(text).tasks.map(({ tool, arguments: given }) => [tool, given])).toEqual(tasks);
  });

  it.each([
    'read the room',
    'delete everything',
    'copy that',
    'read ../secret.txt',
    'read /etc/passwd',
    'wait 2 hours',
    'run ls',
    'write hello to a.txt',
    'delete a.txt and b.txt',
    'do not delete a.txt',
    'make a folder ../out',
  ])('do not take “%s” for a step [LLM-2]', (text) => {
    expect(hint(text)).not.toBe('understood');
  });

  it('work on what they found [LLM-2]', async () => {
    const entries = {
      entries: [
        { name: 'a', size: 5 },
        { name: 'b', size: 7 },
      ],
      truncated: false,
    };
    const ran = await run('list the files; sum size; write the result to out.txt', {}, { list_directory: entries });
    expect(ran.written['out.txt']).toBe('12\n');
  });

  it('check by a schema, which fails the goal where it does not hold [LLM-2] [ORC-9]', async () => {
    const plan = planned(
      'read sales.csv; check that there are at least 3 rows; check that it has exactly 4 rows; check that the result is not empty; count rows',
    );
    const checks = plan.tasks.flatMap(({ check }) => (check === undefined ? [] : [check]));
    expect(checks.map(({ schema }) => JSON.stringify(schema))).toEqual(
      ['{"minimum":3}', '{"const":4}', '{"minimum":1}'].map(
        (number) => `{"type":"object","properties":{"value":{"type":"object","properties":{"number":${number}}}}}`,
      ),
    );
    const { outputs } = await runPlan(plan, { files: { 'sales.csv': SALES } });
    expect(outputs['step-2']).toMatchObject({ value: { number: 4 } });
    expect(outputs['step-4']).toMatchObject({ value: { number: 4 } });
    // A check leaves the result as it was.
    expect(plan.tasks.at(-1)?.arguments?.['input']).toMatchObject({
      source: { text: { $ref: 'step-1.output.content' } },
    });
  });
});

describe('a command', () => {
  it.each([
    ['ls -l', ['ls', '-l']],
    [`  grep "a b" 'c "d"' e"f g"h `, ['grep', 'a b', 'c "d"', 'ef gh']],
    ['echo ""', ['echo', '']],
  ])('is split into words: %s [LLM-2]', (text, words) => {
    expect(commandWords(text)).toEqual(words);
  });

  it.each([
    'a | b',
    'a > b',
    'a && b',
    'a; b',
    'echo $HOME',
    'ls *.txt',
    'a\\ b',
    '`a`',
    '"a',
    '',
    'a # b',
    'a {b,c}',
    'cd ~',
  ])('is not taken with what only a shell understands: %s [LLM-2]', (text) => {
    expect(commandWords(text)).toBeTypeOf('string');
  });
});
