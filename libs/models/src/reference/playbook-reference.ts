import type { JsonValue } from '#libs/kernel';
import { BUILTIN_PLAYBOOKS } from '../library/builtin.js';
import type { ParameterSchema, Playbook } from '../playbook/playbook.js';
import { STEP_FORMS } from '../steps/step-forms.js';

const cell = (text: string): string => text.replaceAll('|', '\\|').replace(/\s+/g, ' ').trim();
const code = (text: string): string => `\`${text.replaceAll('\t', '\\t')}\``;
const value = (given: JsonValue): string => code(typeof given === 'string' ? given : JSON.stringify(given));

function typeWords({ type, format, items, enum: choice }: ParameterSchema): string {
  const types = typeof type === 'string' ? type : type.join(' or ');
  if (choice !== undefined) return `one of ${choice.map(value).join(', ')}`;
  if (format === 'workspace-path') return 'path';
  if (format === 'workspace-folder') return 'folder';
  if (format === 'url') return 'URL';
  return items === undefined ? types : `list of ${typeof items.type === 'string' ? items.type : 'values'}s`;
}

function parameterRows({ parameters }: Playbook): string[] {
  return Object.entries(parameters.properties).map(([name, schema]) => {
    const needed = parameters.required?.includes(name) ?? false;
    const without = needed ? 'required' : schema.default === undefined ? '' : value(schema.default);
    const cells = [code(name), typeWords(schema), without, schema.description ?? ''];
    return `| ${cells.map(cell).join(' | ')} |`;
  });
}

function section(playbook: Playbook): string {
  const phrases = playbook.phrases.map((phrase) => `“${phrase}”`).join(', ');
  return [
    `### ${playbook.name}`,
    '',
    `**${playbook.title}.** ${playbook.description.trim()}`,
    '',
    '| parameter | | by default | |',
    '|---|---|---|---|',
    ...parameterRows(playbook),
    '',
    ...(phrases === '' ? [] : [`Said: ${phrases}.`, '']),
  ].join('\n');
}

function stepTable(): string[] {
  const rows = STEP_FORMS.map(({ listed: [first = '', ...others], about }) => {
    return `| ${[code(first), about, others.map(code).join(', ')].map(cell).join(' | ')} |`;
  });
  return ['| step | | also said |', '|---|---|---|', ...rows];
}

/** Markdown of all built-in playbooks with parameters and phrases, and of the grammar of steps, for the guide. */
export function playbookReference(): string {
  return ['', ...BUILTIN_PLAYBOOKS.map(section), '### Steps', '', ...stepTable(), ''].join('\n');
}
