import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Ran, runPlaybook, written } from '../conformance/run-plan.js';

interface Diff {
  readonly rows_added: number;
  readonly rows_removed: number;
  readonly rows_changed: number;
  readonly rows_unchanged: number;
  readonly cells_changed: number;
  readonly columns_added: readonly string[];
  readonly columns_removed: readonly string[];
  readonly listed_completely: boolean;
  readonly added: readonly Record<string, string>[];
  readonly removed: readonly Record<string, string>[];
  readonly changed: readonly { key: string[]; cells: { column: string; before: string; after: string }[] }[];
}

const run = (before: string, after: string, parameters = {}): Promise<Ran> =>
  runPlaybook(
    'compare-two-csv',
    { before: 'old.csv', after: 'new.csv', key: ['id'], ...parameters },
    { files: { 'old.csv': before, 'new.csv': after } },
  );
const diff = async (before: string, after: string, parameters = {}): Promise<Diff> =>
  written(await run(before, after, parameters), 'diff.json') as Diff;

type Row = Record<string, string>;
const COLUMNS = ['id', 'a', 'b'];
const quote = (text: string): string => `"${text.replaceAll('"', '""')}"`;
const csv = (rows: readonly Row[], columns: readonly string[]): string =>
  [columns, ...rows.map((row) => columns.map((name) => row[name]!))].map((row) => row.map(quote).join(',')).join('\n');

/** Every row against every row. */
function bruteForce(before: readonly Row[], after: readonly Row[]) {
  const pairs = before.flatMap((old) => after.filter((now) => now['id'] === old['id']).map((now) => ({ old, now })));
  const cells = pairs.map(({ old, now }) => ['a', 'b'].filter((name) => old[name] !== now[name]).length);
  return {
    rows_added: after.filter((row) => !before.some((old) => old['id'] === row['id'])).length,
    rows_removed: before.filter((row) => !after.some((now) => now['id'] === row['id'])).length,
    rows_changed: cells.filter((count) => count > 0).length,
    rows_unchanged: cells.filter((count) => count === 0).length,
    cells_changed: cells.reduce((sum, count) => sum + count, 0),
  };
}

describe('compare-two-csv', () => {
  const value = fc.constantFrom('', 'x', 'a,b', 'say "no"', 'two\nlines', '1', '2');
  const rows = fc.uniqueArray(fc.record({ id: fc.integer({ min: 0, max: 12 }).map(String), a: value, b: value }), {
    selector: (row) => row.id,
    minLength: 1,
    maxLength: 10,
  });

  it('finds what a comparison of each with each finds [ORC-15]', async () => {
    await fc.assert(
      fc.asyncProperty(rows, rows, fc.boolean(), async (before, after, turned) => {
        const columns = turned ? COLUMNS.toReversed() : COLUMNS;
        const found = await diff(csv(before, COLUMNS), csv(after, columns), { ignore_spaces: false });
        expect(found).toMatchObject(bruteForce(before, after));
        expect(found.added).toHaveLength(found.rows_added);
        expect(found.changed.flatMap(({ cells }) => cells)).toHaveLength(found.cells_changed);
      }),
      { numRuns: 60, seed: 11 },
    );
  });

  it('names cells, columns that came and went, and rows [ORC-15]', async () => {
    const found = await diff('id;name;old\n1;Ann;x\n2;Bob;y\n3;Cid;z\n', 'new,name,id\n!,Ann ,1\n!,Rob,2\n!,Dan,4\n');
    expect(found).toMatchObject({
      columns_added: ['new'],
      columns_removed: ['old'],
      added: [{ new: '!', name: 'Dan', id: '4' }],
      removed: [{ id: '3', name: 'Cid', old: 'z' }],
      changed: [{ key: ['2'], cells: [{ column: 'name', before: 'Bob', after: 'Rob' }] }],
      rows_unchanged: 1,
    });
    const { written: files } = await run('id,n\n1,a\n', 'id,n\n1,b\n2,c\n');
    expect(files['diff.md']).toContain('1 rows added, 0 removed, 1 changed (1 cells), 0 unchanged.');
    expect(files['diff.md']).toContain('| 1 | n | a | b |');
  });

  it('pairs rows by several columns, and those with the same key in order [ORC-15]', async () => {
    const found = await diff('id,r,n\n1,a,x\n1,b,y\n1,b,z\n', 'id,r,n\n1,b,y\n1,b,Z\n1,a,x\n', { key: ['id', 'r'] });
    expect(found).toMatchObject({ rows_added: 0, rows_removed: 0, rows_changed: 1, before: { repeated_keys: 1 } });
    expect(found.changed[0]?.key).toEqual(['1', 'b']);
  });

  it('counts everything also where not everything can be listed [ORC-15]', async () => {
    const many = (end: string): string => `id,n\n${Array.from({ length: 9000 }, (_, id) => `${id},${end}`).join('\n')}`;
    const found = await diff(many('a'), many('b'));
    expect(found).toMatchObject({ rows_changed: 9000, cells_changed: 9000, listed_completely: false });
    expect(found.changed.length).toBeLessThanOrEqual(2000);
  });

  it('says which column there is not [ORC-15]', async () => {
    await expect(run('a,b\n1,2\n', 'id,b\n1,2\n')).rejects.toThrow('There is no column "id". The columns are: a, b.');
    await expect(run('', 'id,b\n1,2\n')).rejects.toThrow('"old.csv" is empty');
  });
});
