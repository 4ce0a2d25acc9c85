import { describe, expect, it } from 'vitest';
import { parsePlaybook } from '../playbook/parse-playbook.js';
import { playbookReference } from '../reference/playbook-reference.js';
import { STEP_FORMS } from '../steps/step-forms.js';
import { CSV_CODE, SUMS_CODE } from '../steps/csv-code.js';
import { BUILTIN_PLAYBOOKS } from './builtin.js';
import { checkOwnPlaybook, phraseTies, playbookLibrary } from './library.js';

const own = (name: string, phrase = 'sing') =>
  parsePlaybook(
    `name: ${name}\ntitle: T\ndescription: D\nparameters: {type: object, properties: {file: {type: string, format: workspace-path}, x: {type: string}}}\n` +
      `phrases: ["${phrase}"]\nplan: {tasks: [{id: a, tool: echo}]}\n`,
  );
const NAMES = [
  'compare-two-csv',
  'csv-report',
  'fetch-and-summarise',
  'folder-inventory',
  'image-or-file-checksums',
  'json-validate',
  'log-triage',
  'release-notes-from-git-log',
];

describe('the library', () => {
  it('holds the built-in playbooks and a tenant’s own, by name [LLM-2]', () => {
    expect(BUILTIN_PLAYBOOKS.map(({ name }) => name)).toEqual(NAMES);
    const library = playbookLibrary([own('my-own')]);
    expect(library.list().map(({ name }) => name)).toEqual([...NAMES, 'my-own'].toSorted());
    expect(library.find('my-own')).toMatchObject({ name: 'my-own' });
    expect(library.find('toString')).toBeUndefined();
  });

  it('keeps the names of built-in playbooks for these [LLM-2]', () => {
    const library = playbookLibrary([own('mine')]);
    expect(() => checkOwnPlaybook(own('csv-report'), library)).toThrow(
      expect.objectContaining({ code: 'playbook_name_taken' }),
    );
    expect(() => checkOwnPlaybook(own('mine'), library)).not.toThrow();
  });

  it.each([
    ['report on the {file}', 'csv-report'],
    ['report on {file} by {x}', 'csv-report'],
    ['sing', 'mine'],
  ])('refuses a phrase that could mean another playbook: %s [LLM-2]', (phrase, other) => {
    const library = playbookLibrary([own('mine')]);
    expect(() => checkOwnPlaybook(own('new-one', phrase), library)).toThrow(
      expect.objectContaining({
        code: 'invalid_playbook',
        issues: [{ path: 'phrases.0', message: expect.stringContaining(`\`${other}\``) }],
      }),
    );
  });

  it('has built-in phrases that never mean two playbooks [LLM-2]', () => {
    const library = playbookLibrary();
    for (const playbook of BUILTIN_PLAYBOOKS) expect(phraseTies(playbook, library), playbook.name).toEqual([]);
  });
});

describe('the built-in playbooks', () => {
  it('read and add up CSV by the same code as steps do [LLM-2]', () => {
    const codes = BUILTIN_PLAYBOOKS.flatMap(({ plan }) =>
      plan.tasks.map((task) => (task.arguments?.['code'] ?? '') as string),
    );
    const part = (code: string, name: string): string => {
      const start = code.indexOf(`// --- ${name}:`);
      return start < 0 ? '' : code.slice(start, code.indexOf(`// --- end of ${name}`));
    };
    const found = (name: string): string[] => codes.map((code) => part(code, name)).filter((code) => code !== '');
    expect(found('csv')).toEqual([part(CSV_CODE, 'csv'), part(CSV_CODE, 'csv')]);
    expect(found('sums')).toEqual([part(SUMS_CODE, 'sums')]);
  });

  it('have everything that people need to use them, and are all in the reference [LLM-2]', () => {
    const reference = playbookReference();
    for (const { name, parameters, phrases } of BUILTIN_PLAYBOOKS) {
      expect(reference).toContain(`### ${name}\n`);
      expect(phrases.length).toBeGreaterThan(0);
      for (const [parameter, { description }] of Object.entries(parameters.properties)) {
        expect(description, `${name} ${parameter}`).toBeTruthy();
        expect(reference).toContain(`| \`${parameter}\` |`);
      }
    }
    for (const { listed } of STEP_FORMS) expect(reference).toContain(`| \`${listed[0]!}\` |`);
  });
});
