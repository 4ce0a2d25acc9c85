import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '#libs/kernel';
import { BUILTIN_PLAYBOOKS } from '../library/builtin.js';
import { playbookLibrary } from '../library/library.js';
import { parsePlaybook } from '../playbook/parse-playbook.js';
import type { NotUnderstood, PlanRequest, Planned } from './plan-provider.js';
import { RulePlanner } from './rule-planner.js';

const planner = new RulePlanner();
const library = playbookLibrary();
const plan = (description: string, more: Partial<PlanRequest> = {}): Planned | NotUnderstood =>
  planner.plan({ description, files: [], ...more }, library);
const by = (description: string, files: readonly string[] = []): JsonObject => {
  const planned = plan(description, { files });
  return planned.understood ? { ...planned.by } : { hints: planned.hints };
};

describe('a playbook that is named', () => {
  const named = (name: string, parameters: JsonObject) => plan('whatever is said', { playbook: { name, parameters } });

  it('gives its plan with defaults filled in [LLM-2] [ORC-15]', () => {
    const planned = named('csv-report', { file: 'sales.csv', group_by: 'region' });
    expect(planned).toMatchObject({
      understood: true,
      by: {
        planner: 'playbook',
        playbook: 'csv-report',
        parameters: { file: 'sales.csv', top: 5, markdown: 'report.md' },
      },
      plan: {
        tasks: [
          { id: 'compute', arguments: { files: ['sales.csv'], input: { group_by: 'region', header: true } } },
          { id: 'write-markdown', arguments: { path: 'report.md' } },
          { id: 'write-json' },
        ],
      },
    });
    const [compute] = planned.understood ? planned.plan.tasks : [];
    // What was not given and has no default is left out.
    expect(compute?.arguments?.['input']).not.toHaveProperty('separator');
  });

  it.each<[string, JsonObject, string, string]>([
    ['csv-report', {}, 'playbook.parameters.file', 'is required. The CSV file. For example `sales.csv`.'],
    ['csv-report', { file: 'a.csv', json: 'report.md' }, 'playbook.parameters.json', 'the same file as `markdown`'],
    ['csv-report', { file: 'a.csv', markdown: './a.csv' }, 'playbook.parameters.markdown', 'the same file as `file`'],
    ['csv-report', { file: 'report.json' }, 'playbook.parameters.json', 'give each a path of its own'],
    ['csv-report', { file: 7 }, 'playbook.parameters.file', 'must be of type string.'],
    ['csv-report', { file: '../etc/passwd' }, 'playbook.parameters.file', 'must be a path relative to the workspace'],
    ['csv-report', { file: 'a.csv', top: 0 }, 'playbook.parameters.top', 'must be >= 1. How many'],
    [
      'csv-report',
      { file: 'a.csv', tip: 1 },
      'playbook.parameters.tip',
      'There is no such parameter: remove it. The playbook has file, group_by',
    ],
    ['csv-report', { file: 'a.csv', separator: 'x' }, 'playbook.parameters.separator', 'must be one of'],
    [
      'compare-two-csv',
      { before: 'a.csv', after: 'b.csv', key: [1] },
      'playbook.parameters.key.0',
      'must be of type string',
    ],
    ['fetch-and-summarise', { url: 'ftp://a' }, 'playbook.parameters.url', 'http:// or https://'],
    ['csv-reprot', {}, 'playbook.name', 'There are compare-two-csv, csv-report'],
    ['__proto__', {}, 'playbook.name', 'There is no playbook `__proto__`'],
    ['constructor', {}, 'playbook.name', 'There is no playbook'],
  ])('is refused with the place and the remedy: %s %j [LLM-2]', (name, parameters, path, message) => {
    expect(() => named(name, parameters)).toThrow(
      expect.objectContaining({
        code: 'invalid_input',
        issues: expect.arrayContaining([{ path, message: expect.stringContaining(message) }]),
      }),
    );
  });

  it('does not let parameters reach a prototype, a reference or the size of the server [LLM-2]', () => {
    const hostile = JSON.parse('{"file": "a.csv", "__proto__": {"top": 1}}') as JsonObject;
    expect(() => named('csv-report', hostile)).toThrow(expect.objectContaining({ code: 'invalid_input' }));
    expect(() => named('csv-report', { file: 'a.csv', constructor: 1 })).toThrow('playbook.parameters.constructor');
    expect(Object.hasOwn(Object.prototype, 'top')).toBe(false);
    expect(() => named('csv-report', { file: 'a.csv', group_by: 'x'.repeat(300_000) })).toThrow(
      'at most 262144 characters',
    );
    const deep = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`) as never;
    expect(() => named('csv-report', { file: deep })).toThrow('nested too deep');

    const schema = { $ref: 'validate.output' };
    const planned = named('json-validate', { file: 'a.json', schema });
    const [task] = planned.understood ? planned.plan.tasks : [];
    expect(task?.arguments?.['input']).toEqual({ file: 'a.json', schema: { $literal: schema } });
  });
});

describe('the phrases of playbooks', () => {
  const SAMPLES: Readonly<Record<string, string>> = {
    folder: 'data/raw',
    url: 'https://acme.test/a',
    sentences: '3',
  };
  const phrases = BUILTIN_PLAYBOOKS.flatMap(({ name, phrases: all, parameters }) =>
    all.map((phrase) => [name, phrase, parameters] as const),
  );
  const spoken = (phrase: string, parameters: (typeof phrases)[number][2]): string =>
    phrase.replace(/\{(\w+)\}/g, (_, name: string) => {
      const format = parameters.properties[name]?.format ?? '';
      const kind = format.startsWith('workspace-') ? format.slice('workspace-'.length) : format;
      if (kind === 'path') return `data/${name}.csv`;
      return SAMPLES[kind] ?? SAMPLES[name] ?? 'region';
    });

  it.each(phrases)('%s understands “%s” [LLM-2] [ORC-15]', (name, phrase, parameters) => {
    const words = spoken(phrase, parameters);
    for (const text of [
      words,
      `Please ${words.toUpperCase()}.`.replace(/DATA\/\w+\.CSV|DATA\/RAW|HTTPS\S+/g, (each) => each.toLowerCase()),
      `the ${words} `,
    ]) {
      expect(by(text), text).toMatchObject({ planner: 'playbook', playbook: name });
    }
  });

  it.each<[string, string, JsonObject]>([
    ['Report on the sales.csv by the "unit price".', 'csv-report', { file: 'sales.csv', group_by: 'unit price' }],
    ['report on "my data/sales 2026.csv"', 'csv-report', { file: 'my data/sales 2026.csv' }],
    ['Report on sales by region', 'csv-report', { file: 'sales', group_by: 'region' }],
    ['report on sales.csv by a', 'csv-report', { group_by: 'a' }],
    [
      'compare old.csv with new.csv by id, region and "unit price"',
      'compare-two-csv',
      { key: ['id', 'region', 'unit price'] },
    ],
    [
      'Summarise https://acme.test/x?y=1. in three sentences',
      'fetch-and-summarise',
      { url: 'https://acme.test/x?y=1', sentences: 3 },
    ],
    ['make an inventory of incoming', 'folder-inventory', { folder: 'incoming' }],
    ['What went wrong in logs/app.log?', 'log-triage', { file: 'logs/app.log' }],
  ])('take “%s” as it is meant [LLM-2]', (text, playbook, parameters) => {
    expect(by(text, ['sales', 'incoming/a.txt'])).toMatchObject({ planner: 'playbook', playbook, parameters });
  });

  it.each([
    'report on the weather',
    'report on sales by region',
    'do not report on sales.csv',
    'report on ../sales.csv',
    'compare apples with oranges by colour',
    'summarise my life',
    `report on sales.csv by ${'x '.repeat(600)}`,
    '',
  ])('do not take “%s” for more than it says [LLM-2] [ORC-15]', (text) => {
    expect(plan(text).understood).toBe(false);
  });

  it('say which parameter is wrong [LLM-2]', () => {
    expect(by('summarise https://acme.test/x in 0 sentences')).toEqual({
      hints: [expect.stringContaining('reads like the playbook `fetch-and-summarise`, but `sentences`: must be >= 1.')],
    });
  });

  it.each(['report on sales.csv by region and date', 'report on sales.csv by region, date'])(
    'ask for quotes where a name may be two: %s [LLM-2]',
    (text) => {
      expect(by(text)).toEqual({ hints: [expect.stringMatching(/`csv-report`, but `region.*: put it in quotes/)] });
      expect(by(text.replace(/by (.*)/, 'by "$1"'))).toMatchObject({ playbook: 'csv-report' });
    },
  );

  const own = (name: string, phrase: string) =>
    parsePlaybook(
      `name: ${name}\ntitle: T\ndescription: D\n` +
        'parameters: {type: object, properties: {file: {type: string, format: workspace-path}}}\n' +
        `phrases: ["${phrase}"]\nplan: {tasks: [{id: a, tool: echo}]}\n`,
    );

  it('lead to the playbook whose phrase is the most specific [LLM-2]', () => {
    const both = playbookLibrary([
      own('by-region', 'report on {file} by region'),
      own('zebra', 'report on {file} by sea'),
    ]);
    const playbookFor = (description: string) => {
      const planned = planner.plan({ description, files: [] }, both);
      return planned.understood ? planned.by.playbook : undefined;
    };
    expect(playbookFor('report on sales.csv by region')).toBe('by-region');
    expect(playbookFor('report on sales.csv by sea')).toBe('zebra');
    expect(playbookFor('report on sales.csv by country')).toBe('csv-report');
  });

  it('of two playbooks for the same words lead to neither [LLM-2]', () => {
    const two = playbookLibrary([own('one', 'tidy up'), own('two', 'Tidy the up')]);
    const planned = planner.plan({ description: 'tidy up', files: [] }, two);
    expect(planned).toEqual({ understood: false, hints: [expect.stringContaining('`one` or `two`')] });
  });
});

describe('what is not understood', () => {
  it('is answered with playbooks that come close [LLM-2]', () => {
    expect(by('Could you perhaps give me a report about the CSV?')).toEqual({
      hints: expect.arrayContaining([expect.stringContaining('Perhaps the playbook `csv-report`')]),
    });
    expect(by('write a poem about love')).toMatchObject({ hints: expect.any(Array) });
  });

  it('never throws, whatever is said [LLM-2]', () => {
    const words = fc.constantFrom(
      'report',
      'on',
      '{file}',
      '"',
      "'",
      '`',
      '1.',
      '2)',
      '- ',
      '; ',
      'then',
      'read',
      'a.csv',
      'count rows',
      'by',
      'the',
      'to',
      '\n',
      '(',
      'where',
      '=',
      '\u{1f600}',
      'wait',
      '5',
      'seconds',
      'run',
      'https://a',
      '__proto__',
      'write result',
      'constructor',
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(fc.oneof(words, fc.string()), { maxLength: 40 }).map((all) => all.join(' ')),
    );
    fc.assert(
      fc.property(text, fc.array(fc.string(), { maxLength: 3 }), (description, files) => {
        const planned = plan(description, { files });
        expect(planned.understood ? planned.plan.tasks.length : planned.hints.length).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 1000, seed: 23 },
    );
  });

  it.each([' ', '"', '1. ', 'then ', '; ', 'the ', '((', '`a', 'a.b ', '\n- '])(
    'takes no time when it repeats %j [LLM-2]',
    (part) => {
      expect(plan(part.repeat(Math.floor(20_000 / part.length))).understood).toBe(false);
    },
  );
});
