import type { JsonObject } from '#libs/kernel';
import type { Slots } from '../phrases/match.js';
import { condition } from './condition.js';
import { type Draft, type Source, fileSource } from './draft.js';
import { type StepForm, form, textIn } from './forms.js';

const NO_RESULT = 'There is no result to work on yet: read a file in a step before, or name one (`… in sales.csv`).';

/** The file that a step names, or else the result of the steps before. */
function sourceOf(draft: Draft, slots: Slots): Source | undefined {
  return slots['path'] === undefined ? draft.result : fileSource(textIn(slots, 'path'));
}

const FILE_WORDS = ['in', 'of', 'from'];

/** Each phrase also with the file that it is about, before or after `by …`. */
function withFile(phrases: readonly string[]): string[] {
  return phrases.flatMap((phrase) => {
    const [start, by] = phrase.split(' by ');
    const named = FILE_WORDS.map((word) => `${phrase} ${word} {path}`);
    const inner = by === undefined ? [] : FILE_WORDS.map((word) => `${start} ${word} {path} by ${by}`);
    return [phrase, ...named, ...inner];
  });
}

function compute(input: (slots: Slots) => JsonObject | string): StepForm['add'] {
  return (draft, slots) => {
    const source = sourceOf(draft, slots);
    if (source === undefined) return NO_RESULT;
    const given = input(slots);
    if (typeof given === 'string') return given;
    draft.computed(given, source);
    return undefined;
  };
}

const grouped = (operation: string) =>
  compute(({ column, by }) => ({
    operation,
    ...(column !== undefined && { column }),
    ...(by !== undefined && { by }),
  }));

/** A step that may name its file; the documentation says so once for all of them. */
function tableForm(phrases: readonly string[], about: string, add: StepForm['add'], listed = phrases): StepForm {
  return form(withFile(phrases), about, add, listed);
}

function aggregate(operation: string, verbs: readonly string[], about: string): StepForm {
  const listed = verbs.flatMap((verb) => [`${verb} {column}`, `${verb} {column} by {by}`]);
  const named = ['column {column}', 'of {column}', 'of column {column}'].flatMap((gap) =>
    listed.map((phrase) => phrase.replace('{column}', gap)),
  );
  return tableForm([...listed, ...named], about, grouped(operation), listed);
}

const verbs = (names: readonly string[], rest: readonly string[]): string[] =>
  names.flatMap((name) => rest.map((end) => `${name} ${end}`));

/** Steps that compute: they work on the result of the steps before, or on a file that they name. */
export const TABLE_FORMS: readonly StepForm[] = [
  tableForm(
    ['count rows by {by}', 'count rows'],
    'The number of rows of a table (CSV, JSON list, JSON lines), or of each value of a column.',
    grouped('count'),
  ),
  tableForm(['count lines'], 'The number of lines of a text.', grouped('lines')),
  tableForm(['count words'], 'The number of words of a text.', grouped('words')),
  aggregate('sum', ['sum', 'sum up', 'add up', 'total'], 'The sum of a column, exact in decimals, also by group.'),
  aggregate('average', ['average', 'compute average of', 'mean'], 'The average of a column, also by group.'),
  aggregate('smallest', ['smallest', 'minimum', 'find smallest'], 'The smallest number of a column, also by group.'),
  aggregate('largest', ['largest', 'maximum', 'find largest'], 'The largest number of a column, also by group.'),
  form(
    verbs(['sort by', 'sort rows by', 'sort it by'], ['{column}', '{column} ascending', '{column} smallest first']),
    'Orders rows by a column: numbers by size, other values as texts.',
    compute(({ column }) => ({ operation: 'sort', column: column! })),
  ),
  form(
    verbs(
      ['sort by', 'sort rows by', 'sort it by'],
      ['{column} descending', '{column} in descending order', '{column} largest first'],
    ),
    'The same, the largest first.',
    compute(({ column }) => ({ operation: 'sort', column: column!, descending: true })),
  ),
  tableForm(
    ['filter rows where {condition}', 'keep rows where {condition}', 'keep only rows where {condition}'],
    'Rows in which `column = value` holds; also !=, <, <=, >, >=, contains.',
    compute((slots) => condition(textIn(slots, 'condition'))),
  ),
  form(
    verbs(['take', 'keep'], ['first {n}', 'first {n} rows', 'first {n} lines']),
    'The first rows of a table or lines of a text.',
    compute(({ n }) => ({ operation: 'first', n: n! })),
  ),
  form(
    verbs(['take', 'keep'], ['last {n}', 'last {n} rows', 'last {n} lines']),
    'The last rows or lines.',
    compute(({ n }) => ({ operation: 'last', n: n! })),
  ),
  form(
    ['keep columns {columns}', 'keep only columns {columns}', 'take columns {columns}'],
    'Only these columns, in this order.',
    compute(({ columns }) => ({ operation: 'columns', columns: columns! })),
  ),
];
