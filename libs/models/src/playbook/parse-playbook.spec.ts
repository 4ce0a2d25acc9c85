import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DomainError, type InputIssue } from '#libs/kernel';
import { examplePlan, parsePlaybook } from './parse-playbook.js';

const HEAD = 'name: a-b\ntitle: T\ndescription: D\n';
const TASK = 'plan:\n  tasks:\n    - id: t\n      tool: echo\n';

/** A playbook with these parts beside what is required. */
const withParts = (parts: string, plan = TASK): string => `${HEAD}${parts}${plan}`;
const PARAMETERS = `parameters:
  type: object
  required: [file]
  properties:
    file: { type: string, format: workspace-path, examples: [in.csv] }
    n: { type: integer, default: 3, minimum: 1 }
    extra: { type: object }
`;

function issuesOf(text: string): readonly InputIssue[] {
  try {
    parsePlaybook(text);
    return [];
  } catch (error) {
    if (error instanceof DomainError && error.code === 'invalid_playbook') return error.issues ?? [];
    throw error;
  }
}
const said = (text: string): string[] => issuesOf(text).map(({ path, message }) => `${path}: ${message}`);

describe('a playbook', () => {
  it('is read from YAML, with its text kept [LLM-2]', () => {
    const text = withParts(
      `version: "2"\n${PARAMETERS}phrases: [work on {file}]\n`.replace('[work on {file}]', '["work on {file}"]'),
    );
    const playbook = parsePlaybook(text);
    expect(playbook).toMatchObject({ name: 'a-b', version: '2', phrases: ['work on {file}'], source: text });
    expect(parsePlaybook(HEAD + TASK)).toMatchObject({ parameters: { properties: {} }, phrases: [] });
  });

  it.each([
    ['name: [', '', 'Flow sequence'],
    ['', '', 'A playbook is an object'],
    ['- a', '', 'A playbook is an object'],
    [HEAD, 'plan', 'is required.'],
    [withParts('nmae: x\n'), 'nmae', 'is unknown here: remove it. (line 4, column 7)'],
    [withParts('').replace('a-b', 'A_b'), 'name', 'kebab-case'],
    [withParts('').replace('a-b', `a${'-b'.repeat(40)}`), 'name', 'must not have more than 64'],
    [withParts('version: 1.0\n'), 'version', 'put it in quotes'],
    [`${HEAD}plan:\n  tasks: []\n`, 'plan.tasks', 'must not have fewer than 1'],
    [withParts('', 'plan: {tasks: [{id: a, agent: b, prompt: c}]}\n'), 'plan.tasks.0.tool', 'is required'],
    [withParts('', 'plan: {tasks: [{id: a, tool: b, prompt: c}]}\n'), 'plan.tasks.0.prompt', 'without prompts'],
    [
      withParts('', 'plan: {tasks: [{id: a, tool: b, check: {schema: {}, expression: x}}]}\n'),
      'plan.tasks.0.check',
      'more than 1',
    ],
  ])('that is not well formed is refused, with its place: %#  [LLM-2]', (text, path, message) => {
    const issues = issuesOf(text);
    expect(issues.map((issue) => issue.path)).toContain(path);
    expect(issues.map((issue) => issue.message).join()).toContain(message);
  });

  it.each([
    ['a key twice', withParts('title: again\n'), 'title: This key stands twice: keep one. (line 4, column 1)'],
    ['aliases', `${HEAD}parameters: &a {type: object}\nphrases: *a\n${TASK}`, 'Aliases (*a) are not read'],
    ['a custom tag', withParts('').replace('title: T', 'title: !!js/function "return 1"'), 'Tags (!…) are not read'],
    ['a standard tag', withParts('').replace('title: T', 'title: !!binary SGk='), 'Tags (!…) are not read'],
    ['a merge key', withParts('<<: {version: "1"}\n'), '<<: is unknown here'],
    [
      '__proto__',
      withParts('', 'plan: {tasks: [{id: a, tool: b, arguments: {__proto__: {x: 1}}}]}\n'),
      '`__proto__` cannot be a key',
    ],
    [
      'a key that is no text',
      withParts('', 'plan: {tasks: [{id: a, tool: b, arguments: {1: x}}]}\n'),
      'Keys are plain text',
    ],
    ['a list as a key', withParts('? [a]\n: b\n'), 'Keys are plain text'],
    ['no number', withParts('version: .inf\n'), 'JSON has no such value'],
    ['two documents', `${withParts('')}---\na: 1\n`, 'multiple documents'],
    ['a NUL', withParts('').replace('title: T', 'title: "a\\0"'), 'a character that is not kept'],
    ['too much', `${withParts('')}# ${'x'.repeat(70_000)}`, 'at most 65536 characters'],
    ['depth', withParts(`phrases: ${'['.repeat(60)}${']'.repeat(60)}\n`), 'Nested deeper than 40 levels'],
    ['endless depth', withParts(`phrases: ${'['.repeat(30_000)}\n`), ': '],
    ['many keys', Array.from({ length: 9000 }, (_, n) => `k${n}:`).join('\n'), 'is unknown here'],
  ])('with %s is refused [LLM-2]', (_, text, message) => {
    expect(said(text).join('\n')).toContain(message);
  });

  it('that unfolds without end is refused before it does [LLM-2]', () => {
    const lines = ['a: &a [x,x,x,x,x,x,x,x,x]'];
    for (let n = 1; n < 12; n++)
      lines.push(`b${n}: &b${n} [${Array.from({ length: 9 }, () => (n === 1 ? '*a' : `*b${n - 1}`)).join()}]`);
    expect(said(lines.join('\n')).join()).toContain('are not read');
  });

  it('is never anything but read or refused, whatever the text [LLM-2]', () => {
    const parts = fc.constantFrom(
      HEAD,
      TASK,
      PARAMETERS,
      'a: ',
      '- ',
      '? ',
      '{',
      '}',
      '[',
      ']',
      '&a ',
      '*a',
      '!!set ',
      '|\n',
      '"',
      "'",
      '\n  ',
      ': ',
      '#',
      '%',
      '\t',
      '---\n',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(fc.oneof(parts, fc.string()), { maxLength: 12 }).map((all) => all.join('')),
        ),
        (text) => {
          issuesOf(text);
        },
      ),
      { numRuns: 500, seed: 3 },
    );
  });
});

describe('the parameters of a playbook', () => {
  const property = (schema: string): string => withParts(`parameters: {type: object, properties: {p: ${schema}}}\n`);
  it.each([
    ['{type: string, pattern: "^(a+)+$"}', 'p.pattern: cannot be used in a playbook. These keywords can: title'],
    ['{type: string, format: email}', 'p.format: must be one of workspace-path, workspace-folder, url, date'],
    ['{type: string, $ref: "#"}', 'p.$ref: cannot be used'],
    ['{type: array, items: {type: string}, uniqueItems: true}', 'p.uniqueItems: cannot be used'],
    ['{type: object, additionalProperties: {type: string}}', 'p.additionalProperties: cannot be used'],
    ['{anyOf: [{type: string}], type: string}', 'p.anyOf: cannot be used'],
    ['{type: sting}', 'p.type: must be one of string, number'],
    ['{description: x}', 'p.type: is required.'],
    ['{type: string, minLength: -1}', 'p.minLength: must be a whole number'],
    ['text', 'p: must be a schema'],
    ['{type: integer, default: x}', 'p.default: must be of type integer.'],
    ['{type: integer, examples: [1, x]}', 'p.examples: must be of type integer.'],
    [
      '{type: array, items: {type: array, items: {type: array, items: {type: array, items: {type: array, items: {type: string}}}}}}',
      'nested deeper',
    ],
  ])('may not be %s [LLM-2]', (schema, message) => {
    expect(said(property(schema)).join('\n')).toContain(message);
  });

  it('have names that code and phrases can use, and examples where they are required [LLM-2]', () => {
    expect(said(withParts('parameters: {type: object, properties: {"A b": {type: string}}}\n')).join()).toContain(
      'only `a-z`',
    );
    expect(
      said(withParts('parameters: {type: object, required: [p], properties: {p: {type: string}}}\n')).join(),
    ).toContain('add `examples`');
    expect(said(withParts('parameters: {type: object, required: [q], properties: {}}\n')).join()).toContain(
      'no property `q`',
    );
    expect(said(withParts('parameters: {type: array, properties: {}}\n')).join()).toContain('must be `object`');
  });
});

describe('the plan of a playbook', () => {
  const plan = (given: string, check = ''): string =>
    withParts(
      PARAMETERS,
      `plan:\n  tasks:\n    - id: t\n      tool: execute_javascript\n      arguments: ${given}\n${check}`,
    );
  it.each([
    ['{a: {$param: nothing}}', 'arguments.a: There is no parameter `nothing`: it has file, n, extra.'],
    ['{a: {$param: [file]}}', '`$param` is the name of a parameter'],
    ['{a: {$param: file, b: 1}}', '`$param` stands alone'],
    ['{a: {$ref: {$param: file}}}', '`$ref` is a text'],
    ['{code: {$param: file}}', 'arguments.code: Parameters never become code'],
    ['{code: [{b: {$param: file}}]}', 'Parameters never become code'],
    ['{command: {$param: file}}', 'neither the program nor code'],
    ['{command: [{$param: file}, a]}', 'arguments.command.0: A parameter may be an argument'],
    ['{command: [bash, -c, {$param: file}]}', 'arguments.command.2: A parameter may be an argument'],
    ['{command: [bash, -lc, {$param: file}]}', 'arguments.command.2'],
    ['{command: [node, --eval, {$param: file}]}', 'arguments.command.2'],
  ])('may not hold %s [LLM-2]', (given, message) => {
    expect(said(plan(given)).join('\n')).toContain(message);
  });

  it('may not make checks out of parameters that are code [LLM-2]', () => {
    const check = (text: string): string => plan('{}', `      check: ${text}\n`);
    expect(said(check('{command: [{$param: file}]}')).join()).toContain('check.command.0');
    expect(said(check('{schema: {maximum: {$param: n}}}'))).toEqual([]);
    expect(said(check('{expression: {$param: file}}')).join()).toContain('check.expression: must be of type string');
  });

  it('stands parameters at any depth, and leaves $ref and $literal as they are [LLM-2]', () => {
    const given =
      '{path: {$param: file}, deep: [{n: {$param: n}}, {$param: extra}], r: {$ref: x.output}, l: {$literal: {$param: file}}, x: {$param: extra}}';
    expect(examplePlan(parsePlaybook(plan(given))).tasks[0]?.arguments).toEqual({
      path: 'in.csv',
      deep: [{ n: 3 }],
      r: { $ref: 'x.output' },
      l: { $literal: { $param: 'file' } },
    });
    expect(said(plan('{command: [grep, -n, x, {$param: file}]}'))).toEqual([]);
  });
});

describe('the phrases of a playbook', () => {
  const phrases = (...texts: string[]): string[] => said(withParts(`${PARAMETERS}phrases: ${JSON.stringify(texts)}\n`));
  it.each([
    [['{file}'], 'A phrase needs words'],
    [['work on {fle}'], '`{fle}` cannot stand in a phrase'],
    [['work on {file} with {extra}'], '`{extra}` cannot stand in a phrase'],
    [['work'], 'leaves out what is required: {file}'],
    [['work on {file} {n}'], 'Between two parameters there must be a word'],
    [['work on {file} and {file}'], 'stands in a phrase once'],
    [['work on {file}!'], 'neither a word nor a parameter'],
    [['work on {file}', 'work on the {file}'], 'phrases.1: It could mean the same words as `work on {file}`'],
  ])('may not be %j [LLM-2]', (texts, message) => {
    expect(phrases(...texts).join('\n')).toContain(message);
  });

  it('may be alike where one is more specific [LLM-2]', () => {
    expect(phrases('work on {file}', 'work on {file} with {n}', 'work hard on {file}')).toEqual([]);
  });
});
