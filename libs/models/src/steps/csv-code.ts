/**
 * Reading CSV and adding up, as the sandbox runs it. The same stands in the playbooks, which are documents that stand
 * alone; a test compares them.
 */
export const CSV_CODE = String.raw`// --- csv: RFC 4180; also ; tab | as separators, LF, CRLF or CR, a byte order mark, quotes in the middle of a field.
// An error for people: without a stack, no place in this program is named to them.
const refusal = (message) => Object.assign(new Error(message), { name: '', stack: '' });
function parseCsv(given, wanted) {
  const text = given.charCodeAt(0) === 0xfeff ? given.slice(1) : given;
  const separator = wanted || separatorOf(text);
  const newline = text.includes('\n') ? '\n' : '\r';
  const records = [];
  let at = 0;
  const lineEnd = (from) => {
    const found = text.indexOf(newline, from);
    return found < 0 ? text.length : found;
  };
  const withoutReturn = (field) => (newline === '\n' && field.endsWith('\r') ? field.slice(0, -1) : field);
  const quoted = () => {
    let field = '';
    const start = at;
    for (at += 1; ; at += 1) {
      const quote = text.indexOf('"', at);
      if (quote < 0) {
        const line = text.slice(0, start).split(newline).length;
        throw refusal('A quote opens in line ' + line + ' and is never closed.');
      }
      field += text.slice(at, quote);
      at = quote + 1;
      if (text[at] !== '"') return field;
      field += '"';
    }
  };
  while (at < text.length) {
    const line = withoutReturn(text.slice(at, lineEnd(at)));
    if (!line.includes('"')) {
      if (line !== '') records.push(line.split(separator));
      at = lineEnd(at) + 1;
      continue;
    }
    const record = [];
    for (;;) {
      const head = text[at] === '"' ? quoted() : '';
      let end = at;
      while (end < text.length && text[end] !== separator && text[end] !== newline) end += 1;
      const last = end >= text.length || text[end] === newline;
      record.push(head + (last ? withoutReturn(text.slice(at, end)) : text.slice(at, end)));
      at = end + 1;
      if (last) break;
    }
    records.push(record);
  }
  return { records, separator };
}

// The separator that stands most evenly in the first lines, outside of quotes.
function separatorOf(text) {
  const sample = text.slice(0, 65536).replace(/"[^"]*"/g, '');
  const lines = sample.split(/\r\n|\n|\r/).filter((line) => line !== '').slice(0, 20);
  let best = ',';
  let bestScore = 0;
  for (const candidate of [',', ';', '\t', '|']) {
    const counts = lines.map((line) => line.split(candidate).length - 1);
    const even = counts.filter((count) => count === counts[0]).length;
    const score = counts[0] > 0 ? Math.min(...counts) * 1000 + even * 10 + Math.min(counts[0], 9) : 0;
    if (score > bestScore) [best, bestScore] = [candidate, score];
  }
  return best;
}

// Names of columns: trimmed, never empty, never twice.
function columnNames(header) {
  const seen = new Map();
  return header.map((raw, index) => {
    const name = raw.trim() || 'column ' + (index + 1);
    const count = (seen.get(name) || 0) + 1;
    seen.set(name, count);
    return count === 1 ? name : name + ' (' + count + ')';
  });
}

function columnAt(columns, wanted) {
  const exact = columns.indexOf(wanted);
  if (exact >= 0) return exact;
  const loose = columns.flatMap((name, index) => (name.toLowerCase() === wanted.trim().toLowerCase() ? [index] : []));
  if (loose.length === 1) return loose[0];
  throw refusal('There is no column "' + wanted + '". The columns are: ' + columns.slice(0, 100).join(', ') + '.');
}
// --- end of csv
`;

export const SUMS_CODE = String.raw`// --- sums: decimals are added as whole numbers of their smallest place, so that 0.1 + 0.2 is 0.3. Where a number has an
// exponent or very many digits, doubles are added instead, with Neumaier's compensation.
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?$/;
const PLAIN_DECIMAL = /^[+-]?\d{0,30}(?:\.\d{0,18})?$/;

function sumOf(texts) {
  let places = 0;
  for (const text of texts) {
    if (!PLAIN_DECIMAL.test(text)) return compensatedSum(texts.map(Number));
    const dot = text.indexOf('.');
    if (dot >= 0) places = Math.max(places, text.length - dot - 1);
  }
  let total = 0n;
  let small = 0;
  for (const text of texts) {
    const dot = text.indexOf('.');
    const digits =
      dot < 0 ? text + '0'.repeat(places) : text.slice(0, dot) + text.slice(dot + 1).padEnd(places, '0');
    if (digits.length <= 15) small += Number(digits);
    else total += BigInt(digits.replace('+', ''));
    if (small > 4e15 || small < -4e15) {
      total += BigInt(small);
      small = 0;
    }
  }
  total += BigInt(small);
  const shown = String(total < 0n ? -total : total).padStart(places + 1, '0');
  const cut = shown.length - places;
  return Number((total < 0n ? '-' : '') + shown.slice(0, cut) + '.' + shown.slice(cut) + '0');
}

function compensatedSum(numbers) {
  let sum = 0;
  let lost = 0;
  for (const number of numbers) {
    const next = sum + number;
    lost += Math.abs(sum) >= Math.abs(number) ? sum - next + number : number - next + sum;
    sum = next;
  }
  return sum + lost;
}
// --- end of sums
`;
