import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Ran, builtin, runPlaybook, written } from '../conformance/run-plan.js';
import { runCode } from '../conformance/quickjs.js';

interface Column {
  readonly name: string;
  readonly type: string;
  readonly values: number;
  readonly missing: number;
  readonly [figure: string]: unknown;
}
interface Report {
  readonly rows: number;
  readonly uneven_rows: number;
  readonly separator: string;
  readonly columns: readonly Column[];
  readonly grouped?: { readonly count: number; readonly groups: readonly Group[] };
}
interface Group {
  readonly value: string;
  readonly rows: number;
  readonly sums: Readonly<Record<string, number>>;
}

const run = (text: string, parameters = {}): Promise<Ran> =>
  runPlaybook('csv-report', { file: 'in.csv', ...parameters }, { files: { 'in.csv': text } });
const report = async (text: string, parameters = {}): Promise<Report> =>
  written(await run(text, parameters), 'report.json') as Report;

/** A generator of numbers that gives the same ones each time. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Sums by whole numbers of hundredths, which is nothing like what the playbook does with its texts. */
const cents = (amounts: readonly number[]): bigint =>
  amounts.reduce((sum, each) => sum + BigInt(Math.round(each * 100)), 0n);

describe('csv-report', () => {
  it('agrees with a calculation made by other means on some thousand rows [ORC-15]', async () => {
    const next = random(7);
    const regions = ['north', 'south', 'east', 'west, far', 'say "up"'];
    const rows = Array.from({ length: 6000 }, (_, id) => ({
      id,
      region: regions[Math.floor(next() * regions.length)]!,
      amount: next() < 0.05 ? null : Math.round((next() - 0.2) * 1e7) / 100,
    }));
    const quote = (text: string): string => `"${text.replaceAll('"', '""')}"`;
    const text = rows
      .map(({ id, region, amount }) => `${id},${quote(region)},${amount?.toFixed(2) ?? ''}\r\n`)
      .join('');
    const result = await report(`id,region,amount\r\n${text}`, { group_by: 'region' });

    const amounts = rows.flatMap(({ amount }) => (amount === null ? [] : [amount]));
    const sorted = amounts.toSorted((a, b) => a - b);
    const middle = sorted.length / 2;
    const median = sorted.length % 2 === 0 ? (sorted[middle - 1]! + sorted[middle]!) / 2 : sorted[Math.floor(middle)]!;
    const total = Number(cents(amounts)) / 100;
    const mean = total / amounts.length;
    const variance = amounts.reduce((sum, each) => sum + (each - mean) ** 2, 0) / (amounts.length - 1);

    expect(result.rows).toBe(6000);
    const amount = result.columns[2]!;
    expect(amount).toMatchObject({ type: 'number', values: amounts.length, missing: 6000 - amounts.length });
    expect(amount['sum']).toBe(total);
    expect(amount['min']).toBe(sorted[0]);
    expect(amount['max']).toBe(sorted.at(-1));
    expect(amount['mean']).toBeCloseTo(mean, 9);
    expect(amount['median']).toBeCloseTo(median, 9);
    expect(amount['stddev']).toBeCloseTo(Math.sqrt(variance), 6);
    expect(result.columns[0]).toMatchObject({ type: 'integer', sum: (5999 * 6000) / 2, median: 2999.5 });
    expect(result.columns[1]).toMatchObject({ type: 'text', distinct: 5 });
    for (const region of regions) {
      const group = result.grouped?.groups.find(({ value }) => value === region);
      const of = rows.filter((row) => row.region === region);
      expect(group?.rows).toBe(of.length);
      expect(group?.sums['amount']).toBe(
        Number(cents(of.flatMap((row) => (row.amount === null ? [] : [row.amount])))) / 100,
      );
    }
  });

  it('adds decimals exactly, and very large and very small numbers as well as doubles can [ORC-15]', async () => {
    const column = async (values: readonly string[]): Promise<Column> =>
      (await report(`x\n${values.join('\n')}`)).columns[0]!;
    expect(await column(Array.from({ length: 1000 }, () => '0.1'))).toMatchObject({ sum: 100, mean: 0.1, stddev: 0 });
    expect(await column(['0.1', '0.2'])).toMatchObject({ sum: 0.3, median: 0.15 });
    expect(await column(['-1.005', '+2', '.5', '3.'])).toMatchObject({ sum: 4.495, min: -1.005 });
    expect(await column(['9007199254740993', '1', '-9007199254740993'])).toMatchObject({ sum: 1 });
    expect(await column(['1e100', '1', '-1e100'])).toMatchObject({ type: 'number', sum: 1 });
    expect(await column(['7'])).toMatchObject({ type: 'integer', sum: 7, median: 7, stddev: null });
  });

  it('recognises types, and what is missing [ORC-15]', async () => {
    const text = 'code,when,ok,mixed,none,n\n007,2026-01-31,true,1,,1\n010,2026-01-01T10:00:00Z,no,x,NA,n/a\n';
    const { columns } = await report(text);
    expect(columns.map(({ type }) => type)).toEqual(['text', 'date', 'boolean', 'text', 'empty', 'integer']);
    expect(columns[1]).toMatchObject({ earliest: '2026-01-01T10:00:00Z', latest: '2026-01-31' });
    expect(columns[4]).toMatchObject({ values: 0, missing: 2 });
    expect(columns[5]).toMatchObject({ values: 1, missing: 1, sum: 1 });
  });

  it.each([
    [';', 'a;b\n1,5;x\n2,25;y\n', 3.75],
    ['\t', '\ufeffa\tb\r\n1.5\t"x\ty"\r\n2\t"line\r\nbreak"\r\n', 3.5],
    ['|', 'a|b\r1|"x,y"\r2|z\r', 3],
    [',', 'a,b\n1,"x; y; z"\n\n2,', 3],
  ])('recognises %j as the separator [ORC-15]', async (separator, text, sum) => {
    const result = await report(text);
    expect(result).toMatchObject({ separator, rows: 2, uneven_rows: 0 });
    expect(result.columns.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(result.columns[0]).toMatchObject({ sum });
  });

  it.each([
    [
      'n,m\n"1,234",1\n"2,345",2\n',
      'text',
      '0 of 2 values are numbers, so the column counts as text. In 2, a comma may',
    ],
    ['n,m\n"1,5",1\n"2,25",2\n', 'text', '0 of 2 values are numbers'],
    ['n,m\n"1,234",1\n999,2\n5,3\n', 'text', '2 of 3 values are numbers, so the column counts as text. In 1, a comma'],
    ['n;m\n1,234;1\n2,345;2\n', 'text', '0 of 2 values are numbers'],
    ['n;m\n1,234;1\n2,5;2\n7;3\n', 'number', 'Read with decimal commas.'],
    ['n;m\n1.234,50;1\n2,5;2\n', 'text', 'a comma may separate thousands or decimals'],
    ['n,m\n1,1\nx,2\n2,3\n', 'text', '2 of 3 values are numbers, so the column counts as text.'],
    ['n,m\nAnn,1\n', 'text', 'none'],
    ['n,m\n1.5,1\n', 'number', 'none'],
  ])('never guesses what a comma in a number means: %j [ORC-15]', async (text, type, note) => {
    const ran = await run(text, { group_by: 'm' });
    const { columns, grouped } = written(ran, 'report.json') as Report;
    const [column] = columns;
    expect(column).toMatchObject({ type });
    expect(column?.['sum'] === undefined).toBe(type === 'text');
    expect(grouped?.groups.every(({ sums }) => Object.keys(sums).includes('n') === (type === 'number'))).toBe(true);
    expect(column?.['note'] ?? 'none').toContain(note);
    expect((ran.written['report.md'] ?? '').split('\n').includes(`- n: ${String(column?.['note'])}`)).toBe(
      note !== 'none',
    );
  });

  it('takes files as they are: without header, with doubled names, uneven [ORC-15]', async () => {
    expect(await report('1,x\n2,y\n', { header: false })).toMatchObject({
      rows: 2,
      columns: [{ name: 'column 1', sum: 3 }, { name: 'column 2' }],
    });
    const uneven = await report('a,a,\n1\n1,2,3,4\n');
    expect(uneven.columns.map(({ name }) => name)).toEqual(['a', 'a (2)', 'column 3', 'column 4']);
    expect(uneven.uneven_rows).toBe(2);
    expect(await report('a,b\n', {})).toMatchObject({ rows: 0, columns: [{ type: 'empty' }, { type: 'empty' }] });
  });

  it('writes for people what it writes for programs [ORC-15]', async () => {
    const { written: files } = await run('region,amount\nnorth,0.1\nnorth,0.2\n"a|b",5\n', {
      group_by: 'REGION',
      top: 1,
    });
    const page = files['report.md'];
    expect(page).toContain('3 rows, 2 columns.');
    expect(page).toContain('| amount | 0.1 | 5 | 1.76666666667 | 0.2 | 5.3 |');
    expect(page).toContain('| north | 2 | 0.3 |');
    expect(page).toContain('| a\\|b | 1 | 5 |');
    expect(page?.match(/\| north \| 2 \|/g)).toHaveLength(2);
  });

  it.each([
    ['', {}, 'is empty'],
    ['a\n"open', {}, 'A quote opens in line 2'],
    ['a,b\n1,2', { group_by: 'c' }, 'There is no column "c". The columns are: a, b.'],
  ])('says what is wrong with %j [ORC-15]', async (text, parameters, message) => {
    await expect(run(text, parameters)).rejects.toThrow(message);
  });

  it('is in time for a file of several MiB [ORC-15]', async () => {
    const next = random(3);
    const rows = Array.from({ length: 100_000 }, (_, id) => `${id},"name ${id % 97}",${(next() * 1000).toFixed(2)}`);
    const result = await report(`id,name,amount\n${rows.join('\n')}`, { group_by: 'name' });
    expect(result).toMatchObject({ rows: 100_000, grouped: { count: 97 } });
  });
});

describe('the CSV parser of the playbooks', () => {
  const field = fc.oneof(fc.string(), fc.constantFrom('', '"', ',', '\n', '\r\n', '\r', 'a"b', '""', ' x ', '\ufeff'));
  const table = fc
    .integer({ min: 2, max: 5 })
    .chain((width) =>
      fc.array(fc.array(field, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 8 }),
    );
  const quote = (text: string): string => `"${text.replaceAll('"', '""')}"`;

  it('reads back whatever was quoted, with any separator and line end [ORC-15]', async () => {
    const code = builtin('csv-report').plan.tasks[0]?.arguments?.['code'] as string;
    const parser = code.slice(0, code.indexOf('// --- end of csv'));
    const cases: { text: string; rows: string[][]; separator: string }[] = [];
    fc.assert(
      fc.property(table, fc.constantFrom(',', ';', '\t'), fc.constantFrom('\n', '\r\n'), (rows, separator, newline) => {
        cases.push({ text: rows.map((row) => row.map(quote).join(separator)).join(newline), rows, separator });
      }),
      { numRuns: 300, seed: 5 },
    );
    const parsed = await runCode(
      `${parser}\ninput.map(({ text, separator }) => parseCsv(text, separator).records)`,
      cases.map(({ text, separator }) => ({ text, separator })),
    );
    expect(parsed).toEqual(cases.map(({ rows }) => rows));
  });
});
