import type { JsonObject } from '#libs/kernel';
import { COMMAND_OUTPUT, type Draft, type Source } from './draft.js';
import { type StepForm, form, textIn } from './forms.js';

const NO_RESULT = 'There is no result yet: a step before has to read, list, fetch or compute something.';

const PROSE = /\.(?:txt|md|log)$/i;
const DATA = /\.(csv|tsv|json|jsonl|ndjson)$/i;
const WRITTEN = /\.(csv|tsv|json|jsonl|ndjson|md)$/i;
const JSON_NAME = /\.(?:json|jsonl|ndjson)$/i;

const nameOf = ({ source }: Source): string => (typeof source['name'] === 'string' ? source['name'] : '');

/** Whether a text is written in another form than it has; table-code.ts asks the same. */
function isConverted(from: string, to: string): boolean {
  const had = DATA.exec(from)?.[1]?.toLowerCase();
  const wanted = WRITTEN.exec(to)?.[1]?.toLowerCase();
  return had !== undefined && wanted !== undefined && had !== wanted;
}

function write(draft: Draft, path: string): string | undefined {
  const { result } = draft;
  if (result === undefined) return NO_RESULT;
  const from = nameOf(result);
  if (from !== COMMAND_OUTPUT && PROSE.test(from) && JSON_NAME.test(path)) {
    return 'A text is no JSON: write it to a name that ends in .txt or .md, or count its lines or words first.';
  }
  const content = (isConverted(from, path) ? undefined : result.text) ?? {
    $ref: `${draft.compute({ operation: 'write', path }, result, { part: 'text' })}.text`,
  };
  draft.add('write_file', { path, content });
  return undefined;
}

/** A schema of an execute_javascript output whose `number` has at least, or exactly, this value. */
const sizeCheck = (number: JsonObject) => ({
  schema: { type: 'object', properties: { value: { type: 'object', properties: { number } } } },
});

function checkSize(operation: string, of: (n: number) => JsonObject) {
  return (draft: Draft, n: number): string | undefined => {
    const source: Source | undefined = draft.result;
    if (source === undefined) return NO_RESULT;
    draft.compute({ operation }, source, { check: sizeCheck(of(n)) });
    return undefined;
  };
}

const atLeast = (n: number): JsonObject => ({ minimum: n });
const exactly = (n: number): JsonObject => ({ const: n });

const sizes = (what: string, many: string): string[] =>
  ['there are', 'result has', 'it has'].map((subject) => `check that ${subject} ${many}{n} ${what}`);

function fileNamed(path: string): { folder: string; name: string } | undefined {
  const cut = path.lastIndexOf('/');
  const name = path.slice(cut + 1);
  return /[*?]/.test(name) ? undefined : { folder: cut < 0 ? '.' : path.slice(0, cut), name };
}

/** Steps that keep or judge what there is. A check that does not hold fails the goal. */
export const RESULT_FORMS: readonly StepForm[] = [
  form(
    [
      'write result to {to}',
      'save result to {to}',
      'write it to {to}',
      'save it to {to}',
      'save it as {to}',
      'write to {to}',
    ],
    'Writes the result: data, and text of a table or JSON, in the form of the name (.json, .jsonl, .csv, .tsv, .md); other text as it is.',
    (draft, slots) => write(draft, textIn(slots, 'to')),
  ),
  form(['write {quoted} to {to}', 'save {quoted} to {to}'], 'Writes a text that stands in quotes.', (draft, slots) => {
    draft.add('write_file', { path: slots['to']!, content: slots['quoted']! });
  }),
  form(sizes('rows', 'at least '), 'Fails the goal unless the result has so many rows.', (draft, { n }) =>
    checkSize('count', atLeast)(draft, Number(n)),
  ),
  form([...sizes('rows', ''), ...sizes('rows', 'exactly ')], 'The same, exactly so many.', (draft, { n }) =>
    checkSize('count', exactly)(draft, Number(n)),
  ),
  form(sizes('lines', 'at least '), 'Fails the goal unless the text has so many lines.', (draft, { n }) =>
    checkSize('lines', atLeast)(draft, Number(n)),
  ),
  form(
    ['check that result is not empty', 'check that it is not empty'],
    'Fails the goal when there is nothing in the result.',
    (draft) => checkSize('size', atLeast)(draft, 1),
  ),
  form(
    ['check that {path} exists', 'check that file {path} exists'],
    'Fails the goal unless there is such a file.',
    (draft, slots) => {
      draft.add('file_info', { path: slots['path']! });
    },
  ),
  form(
    ['check that {path} contains {text}', 'check that file {path} contains {text}'],
    'Fails the goal unless the file holds the text.',
    (draft, slots) => {
      const place = fileNamed(textIn(slots, 'path'));
      if (place === undefined) return 'Names with `*` or `?` cannot be checked.';
      const given = { path: place.folder, pattern: place.name, contains: textIn(slots, 'text') };
      const check = { schema: { type: 'object', properties: { matches: { type: 'array', minItems: 1 } } } };
      draft.add('search_files', given, { check });
      return undefined;
    },
  ),
];
