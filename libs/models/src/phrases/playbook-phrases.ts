import type { InputIssue } from '#libs/kernel';
import type { ParameterSchema, ParametersSchema } from '../playbook/playbook.js';
import { type Phrase, type SlotKind, compareRank, compilePhrase, overlap } from './phrase.js';

const BY_FORMAT: Readonly<Record<string, SlotKind>> = {
  'workspace-path': 'path',
  'workspace-folder': 'folder',
  url: 'url',
};
const BY_TYPE: Readonly<Record<string, SlotKind>> = {
  string: 'text',
  number: 'number',
  integer: 'number',
  boolean: 'boolean',
};

/** What the words for a parameter look like; undefined when words cannot give it. */
function kindOf(schema: ParameterSchema): SlotKind | undefined {
  const types = typeof schema.type === 'string' ? [schema.type] : schema.type;
  const type = types.find((each) => each !== 'null');
  if (schema.format !== undefined && BY_FORMAT[schema.format] !== undefined) return BY_FORMAT[schema.format];
  if (type === 'array') return schema.items?.type === 'string' ? 'list' : undefined;
  return type === undefined ? undefined : BY_TYPE[type];
}

function kindsOf(parameters: ParametersSchema): Record<string, SlotKind> {
  return Object.fromEntries(
    Object.entries(parameters.properties).flatMap(([name, schema]): [string, SlotKind][] => {
      const kind = kindOf(schema);
      return kind === undefined ? [] : [[name, kind]];
    }),
  );
}

/** The phrases of a playbook, ready to be matched, and what is wrong with them. */
export function compilePhrases(
  texts: readonly string[],
  parameters: ParametersSchema,
): { readonly phrases: readonly Phrase[]; readonly issues: readonly InputIssue[] } {
  const kinds = kindsOf(parameters);
  const needed = (parameters.required ?? []).filter((name) => parameters.properties[name]?.default === undefined);
  const phrases: Phrase[] = [];
  const issues: InputIssue[] = [];
  for (const [index, text] of texts.entries()) {
    const phrase = compilePhrase(text, kinds);
    const message = typeof phrase === 'string' ? phrase : (missing(phrase, needed) ?? tie(phrase, phrases));
    if (message !== undefined) issues.push({ path: `phrases.${index}`, message });
    if (typeof phrase !== 'string') phrases.push(phrase);
  }
  return { phrases, issues };
}

function missing(phrase: Phrase, needed: readonly string[]): string | undefined {
  const given = new Set(phrase.elements.map((element) => (element.type === 'slot' ? element.name : '')));
  const left = needed.filter((name) => !given.has(name));
  return left.length === 0
    ? undefined
    : `It leaves out what is required: ${left.map((name) => `{${name}}`).join(', ')}.`;
}

function tie(phrase: Phrase, others: readonly Phrase[]): string | undefined {
  const other = others.find((each) => tied(each, phrase));
  return other && `It could mean the same words as \`${other.text}\`, and neither is more specific: change one.`;
}

/** Whether a description could match both, and neither wins. */
export function tied(a: Phrase, b: Phrase): boolean {
  return compareRank(a, b) === 0 && overlap(a, b);
}
