import { CSV_CODE, SUMS_CODE } from './csv-code.js';

/**
 * What computing steps run in the sandbox (ES2023): `input` is `{operation, source, …}`, `files` the texts of files by
 * path. A table is `{columns, rows}`, a single number `{name, number}`, a text `{text}`.
 */
export const TABLE_CODE = String.raw`${CSV_CODE}${SUMS_CODE}
const ROWS_KEPT = 20000;
const cell = (value) =>
  value === null || value === undefined ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value);
const isNumber = (value) => (typeof value === 'number' ? true : NUMBER.test(cell(value).trim()));

function textOf(source) {
  if (source.kind === 'file') return files[source.path];
  if (source.kind === 'text') return typeof source.text === 'string' ? source.text : JSON.stringify(source.text, null, 2) + '\n';
  if (typeof source.value === 'string') return source.value;
  if (source.value && typeof source.value.text === 'string') return source.value.text;
  throw refusal('There is no text here: the result before is data. Count rows instead.');
}

function parsed(text, name) {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw refusal('"' + name + '" is not valid JSON: ' + error.message);
  }
}

function fromList(list) {
  const objects = list.every((item) => typeof item === 'object' && item !== null && !Array.isArray(item));
  if (!objects) return { columns: ['value'], rows: list.map((item) => [item]) };
  const columns = [...new Set(list.flatMap((item) => Object.keys(item)))];
  return { columns, rows: list.map((item) => columns.map((name) => (Object.hasOwn(item, name) ? item[name] : null))) };
}

function fromJson(value) {
  if (Array.isArray(value)) return fromList(value);
  if (typeof value === 'object' && value !== null) {
    const lists = Object.values(value).filter((item) => Array.isArray(item));
    return lists.length === 1 ? fromList(lists[0]) : fromList([value]);
  }
  return fromList([value]);
}

function tableOf(source) {
  if (source.kind === 'value') {
    const value = source.value;
    if (value && Array.isArray(value.columns) && Array.isArray(value.rows)) return value;
    if (value && typeof value.text === 'string') return fromList(value.text.split('\n'));
    if (value && typeof value.number === 'number') return { columns: [value.name], rows: [[value.number]] };
    return fromJson(value);
  }
  if (source.kind === 'text' && typeof source.text !== 'string') return fromJson(source.text);
  const text = textOf(source);
  const name = (source.path || source.name || '').toLowerCase();
  if (/\.json$/.test(name)) return fromJson(parsed(text, name));
  if (/\.(jsonl|ndjson)$/.test(name)) {
    return fromList(text.split('\n').filter((line) => line.trim() !== '').map((line) => parsed(line, name)));
  }
  if (/\.(txt|log|md)$/.test(name)) return fromList(linesOf(text));
  const [header = [], ...rows] = parseCsv(text).records;
  const columns = columnNames(header);
  return { columns, rows: rows.map((row) => columns.map((_, index) => row[index] ?? '')) };
}

function linesOf(text) {
  const lines = text.split(/\r\n|\n|\r/);
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

function isText(source) {
  if (source.kind === 'value') return typeof source.value === 'string' || typeof source.value?.text === 'string';
  if (source.kind === 'text' && typeof source.text !== 'string') return false;
  return /\.(txt|log|md)$/i.test(source.path || source.name || '');
}

function kept(table) {
  if (table.rows.length <= ROWS_KEPT) return table;
  throw refusal('More than ' + ROWS_KEPT + ' rows would be kept: filter or count first, so that fewer are left.');
}

function groups(table, by) {
  const at = columnAt(table.columns, by);
  const found = new Map();
  for (const row of table.rows) {
    const key = cell(row[at]);
    if (!found.has(key)) found.set(key, []);
    found.get(key).push(row);
  }
  return { name: table.columns[at], found: [...found].sort((a, b) => (a[0] < b[0] ? -1 : 1)) };
}

function numbersIn(rows, at, name) {
  const texts = rows.map((row) => cell(row[at]).trim()).filter((text) => text !== '');
  const wrong = texts.find((text) => !NUMBER.test(text));
  if (wrong !== undefined) throw refusal('"' + wrong.slice(0, 80) + '" in the column "' + name + '" is no number.');
  return texts;
}

const AGGREGATES = {
  sum: (texts) => sumOf(texts),
  average: (texts) => (texts.length === 0 ? null : sumOf(texts) / texts.length),
  smallest: (texts) => texts.reduce((least, text) => (least === null || Number(text) < least ? Number(text) : least), null),
  largest: (texts) => texts.reduce((most, text) => (most === null || Number(text) > most ? Number(text) : most), null),
};

function aggregate(operation, table) {
  const at = columnAt(table.columns, input.column);
  const name = operation + ' of ' + table.columns[at];
  const of = (rows) => AGGREGATES[operation](numbersIn(rows, at, table.columns[at]));
  if (input.by === undefined) return { name, number: of(table.rows) };
  const { name: by, found } = groups(table, input.by);
  return { columns: [by, name], rows: found.map(([key, rows]) => [key, of(rows)]) };
}

function count(table) {
  if (input.by === undefined) return { name: 'rows', number: table.rows.length };
  const { name, found } = groups(table, input.by);
  return { columns: [name, 'rows'], rows: found.map(([key, rows]) => [key, rows.length]) };
}

function compare(a, b) {
  if (isNumber(a) && isNumber(b)) return Number(a) - Number(b);
  const [one, other] = [cell(a), cell(b)];
  return one < other ? -1 : one > other ? 1 : 0;
}

function sort(table) {
  const at = columnAt(table.columns, input.column);
  const sign = input.descending ? -1 : 1;
  return kept({ columns: table.columns, rows: [...table.rows].sort((a, b) => sign * compare(a[at], b[at])) });
}

const HOLDS = {
  '=': (order) => order === 0,
  '!=': (order) => order !== 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
};

// Whether a cell is larger or smaller can only be said of what is of the same kind: a number, or a date.
function ordered(value, name) {
  const kind = isNumber(input.value) ? 'number' : 'date';
  const text = cell(value).trim();
  if (text === '') return false;
  if (kind === 'number' ? NUMBER.test(text) : /^\d{4}-\d\d-\d\d/.test(text)) return true;
  throw refusal('"' + text.slice(0, 80) + '" in the column "' + name + '" is no ' + kind + '.');
}

function filter(table) {
  const at = columnAt(table.columns, input.column);
  const { operator, value } = input;
  const sized = operator.includes('<') || operator.includes('>');
  const holds =
    operator === 'contains'
      ? (row) => cell(row[at]).toLowerCase().includes(value.toLowerCase())
      : (row) => (!sized || ordered(row[at], table.columns[at])) && HOLDS[operator](compare(row[at], value));
  return kept({ columns: table.columns, rows: table.rows.filter(holds) });
}

function part(source, from, to) {
  if (isText(source)) return { text: linesOf(textOf(source)).slice(from, to).join('\n') };
  const table = tableOf(source);
  return kept({ columns: table.columns, rows: table.rows.slice(from, to) });
}

function size(source) {
  if (isText(source)) return textOf(source).length;
  return tableOf(source).rows.length;
}

const quoted = (text) => (/[",\r\n]|^\s|\s$/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text);
const escaped = (text) => text.replace(/\s+/g, ' ').replaceAll('\\', '\\\\').replaceAll('|', '\\|').replaceAll('<', '&lt;');

function written(source) {
  const value = source.kind === 'value' ? source.value : null;
  if (value && typeof value.text === 'string') return value.text + '\n';
  const extension = /\.([a-z0-9]+)$/i.exec(input.path)?.[1]?.toLowerCase() ?? '';
  const form = (name) => /\.(csv|tsv|json|jsonl|ndjson)$/i.exec(name)?.[1]?.toLowerCase();
  const wanted = extension === 'md' ? 'md' : form(input.path);
  if (source.kind === 'text') {
    const had = typeof source.text === 'string' ? form(source.name) : 'json';
    if (had === undefined || wanted === undefined || had === wanted) return textOf(source);
  }
  if (value && typeof value.number === 'number') {
    if (extension === 'json') return JSON.stringify({ [value.name]: value.number }, null, 2) + '\n';
    if (extension === 'csv') return quoted(value.name) + '\r\n' + value.number + '\r\n';
    return extension === 'md' ? '- ' + escaped(value.name) + ': ' + value.number + '\n' : value.number + '\n';
  }
  const { columns, rows } = tableOf(source);
  const list = rows.map((row) => Object.fromEntries(columns.map((name, index) => [name, row[index]])));
  if (extension === 'jsonl' || extension === 'ndjson') return list.map((item) => JSON.stringify(item) + '\n').join('');
  if (extension === 'json') {
    return JSON.stringify(list, null, 2) + '\n';
  }
  if (extension === 'md') {
    const line = (cells) => '| ' + cells.map((each) => escaped(cell(each))).join(' | ') + ' |\n';
    return line(columns) + line(columns.map(() => '---')) + rows.map(line).join('');
  }
  if (extension === 'csv') return [columns, ...rows].map((row) => row.map(cell).map(quoted).join(',') + '\r\n').join('');
  return [columns, ...rows].map((row) => row.map(cell).join('\t') + '\n').join('');
}

const OPERATIONS = {
  count: (source) => count(tableOf(source)),
  lines: (source) => ({ name: 'lines', number: linesOf(textOf(source)).length }),
  words: (source) => ({ name: 'words', number: (textOf(source).match(/\S+/g) || []).length }),
  size: (source) => ({ name: 'size', number: size(source) }),
  sum: (source) => aggregate('sum', tableOf(source)),
  average: (source) => aggregate('average', tableOf(source)),
  smallest: (source) => aggregate('smallest', tableOf(source)),
  largest: (source) => aggregate('largest', tableOf(source)),
  sort: (source) => sort(tableOf(source)),
  filter: (source) => filter(tableOf(source)),
  first: (source) => part(source, 0, input.n),
  last: (source) => (input.n === 0 ? part(source, 0, 0) : part(source, -input.n, undefined)),
  columns: (source) => {
    const table = tableOf(source);
    const at = input.columns.map((name) => columnAt(table.columns, name));
    return kept({ columns: at.map((index) => table.columns[index]), rows: table.rows.map((row) => at.map((index) => row[index])) });
  },
  write: (source) => ({ text: written(source) }),
};

OPERATIONS[input.operation](input.source);
`;
