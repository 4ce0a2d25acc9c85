import { globSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestClient, TestProgram } from '#libs/testing';
import { COMMITTED } from '../../scripts/demo/data/inputs.js';
import { startAcme } from './acme.js';
import { type Finished, command } from './command-line.js';

const EXAMPLES = join(import.meta.dirname, '../../examples');

interface Entry {
  readonly [name: string]: unknown;
}

let program: TestProgram;
let client: TestClient;
let out: string;
let finished: Finished;

// One run serves all: what it printed, saved, and left at the server is looked at from several sides.
beforeAll(async () => {
  out = await mkdtemp(join(tmpdir(), 'village-demo-'));
  ({ program, client } = await startAcme());
  finished = await command('demo', ['--yes', '--out', out], { dataDir: program.dataDir });
}, 120_000);
afterAll(async () => {
  await program.close();
  await rm(out, { recursive: true });
});

function saved(path: string): Entry {
  return JSON.parse(readFileSync(join(out, path), 'utf8')) as Entry;
}

/** The goal's id, as the demo has printed it when it was submitted. */
function idOf(name: string): string {
  return new RegExp(`^${name} +submitted.*(goal_\\w+)$`, 'm').exec(finished.stdout)?.[1] ?? '';
}

async function listOf(path: string): Promise<Entry[]> {
  return (await client.get<{ data: Entry[] }>(path)).body.data;
}

/** The orders without a parser: what is looked at stands before the first field that may be in quotes. */
function orders(): string[][] {
  const lines = readFileSync(join(EXAMPLES, 'data/sales.csv'), 'utf8').split('\n');
  return lines.filter((line) => /^SO-\d+,/.test(line)).map((line) => line.split(','));
}

/** In whole cents, so that nothing is rounded on the way. */
function cents(rows: readonly string[][]): number {
  return rows.reduce((sum, row) => sum + Number((row[6] ?? '').replace('.', '')), 0);
}

describe('npm run demo -- --yes', () => {
  it('ends every bundled goal as it should, without a model [ORC-15]', () => {
    expect(finished.stderr).toBe('');
    expect(finished.stdout).toMatch(/^All 15 goals ended as they should\.$/m);
    expect(finished.stdout).not.toContain('✗');
    expect(finished.code).toBe(0);
  });

  it('prints lines where no terminal is, and draws nothing', () => {
    // oxlint-disable-next-line no-control-regex -- there must be no escape character
    expect(finished.stdout).not.toMatch(/\u001b/);
    expect(finished.stdout).toMatch(/^sales-report +submitted, 3 tasks: goal_/m);
    expect(finished.stdout).toMatch(/^sales-report +completed \(\d/m);
  });

  it('reports on the CSV with the figures that another calculation gives [ORC-15]', () => {
    const rows = orders();
    const report = saved('sales-report/report.json') as {
      rows: number;
      columns: Entry[];
      grouped: { groups: Entry[] };
    };
    expect(report.rows).toBe(rows.length);
    const amount = report.columns.find(({ name }) => name === 'amount');
    const known = rows.filter((row) => row[6] !== '');
    expect(amount).toMatchObject({ values: known.length, missing: rows.length - known.length, sum: cents(rows) / 100 });
    for (const region of ['North', 'East', 'South', 'West']) {
      const those = rows.filter((row) => row[2] === region);
      const group = report.grouped.groups.find(({ value }) => value === region);
      expect(group).toMatchObject({ rows: those.length, sums: { amount: cents(those) / 100 } });
    }
  });

  it('adds up 24 months side by side and joins them to the same figures [ORC-6]', async () => {
    const tasks = await listOf(`/api/v1/goals/${idOf('pipeline')}/tasks?limit=200`);
    expect(tasks).toHaveLength(26);
    const join26 = tasks.find(({ key }) => key === 'join');
    expect(join26).toMatchObject({
      state: 'SUCCEEDED',
      output: { value: { months: 24, orders: orders().length, revenue: cents(orders()) / 100 } },
    });
    const ends = tasks.filter(({ key }) => key !== 'join').map(({ finished_at: at }) => String(at));
    expect(ends.every((end) => end <= String(join26?.['started_at']))).toBe(true);
  });

  it('deletes exactly what the approval has shown [SAF-3]', async () => {
    const [approval] = await listOf(`/api/v1/approvals?goal_id=${idOf('clean-up')}`);
    const { path } = (approval?.['arguments'] ?? {}) as { path: string };
    expect(approval).toMatchObject({ tool: 'delete_file', action: 'delete', state: 'approved' });
    expect(finished.stdout).toContain(`│ arguments path: "${path}"\n`);
    const tasks = await listOf(`/api/v1/goals/${idOf('clean-up')}/tasks`);
    expect(tasks.find(({ key }) => key === 'delete')).toMatchObject({ output: { path } });
    const left = globSync('**/drafts/*', { cwd: program.dataDir }).map((found) => found.split('/').at(-1));
    expect(path).toBe('drafts/report-old.txt');
    expect(left).toEqual(['report.txt']);
  });

  it('leaves alone what was refused, and says so [SAF-3]', async () => {
    const [approval] = await listOf(`/api/v1/approvals?goal_id=${idOf('hands-off')}`);
    expect(approval).toMatchObject({ state: 'rejected', arguments: { path: 'accounts.csv' } });
    expect(globSync('**/accounts.csv', { cwd: program.dataDir })).toHaveLength(1);
    expect(finished.stdout).toMatch(/A deletion for you to refuse: refused, as it should be/);
  });

  it('shows that an inside address is refused, however it is written [SAF-4]', async () => {
    const { body } = await client.get<Entry>(`/api/v1/goals/${idOf('inside-address')}`);
    expect(body).toMatchObject({ state: 'FAILED', error: { code: 'address_blocked' } });
    expect(finished.stdout).toMatch(/An internal address: refused, as it should be/);
  });
});

describe('the inputs of the examples', () => {
  it.each(Object.keys(COMMITTED))('are what their generator makes: %s', (name) => {
    const made = Buffer.from(COMMITTED[name]!());
    expect(readFileSync(join(EXAMPLES, 'data', name)).equals(made)).toBe(true);
  });

  it('are images of the sizes that the platform finds in them', () => {
    const { files } = saved('checksums/checksums.json') as { files: Entry[] };
    expect(files.map(({ path, width, height }) => [path, width, height])).toEqual([
      ['images/board.gif', 16, 16],
      ['images/gradient.png', 48, 32],
      ['images/greys.jpg', 32, 24],
    ]);
  });

  it('are all described in their README, each with how to run it', () => {
    const text = readFileSync(join(EXAMPLES, 'README.md'), 'utf8');
    const files = globSync('{goals,code,data}/**/*.*', { cwd: EXAMPLES }).map((path) =>
      path.replace(/^(goals|code|data)\//, ''),
    );
    expect(files.filter((path) => !text.includes(`\`${path}\``))).toEqual([]);
  });
});
