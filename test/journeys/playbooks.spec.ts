import { createHash } from 'node:crypto';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestClient, type TestProgram, startTestProgram } from '#libs/testing';
import { artifact, completed, file, jsonArtifact, ran, signIn } from './playbook-goals.js';

let program: TestProgram;
let client: TestClient;
let page: Server;
let pageUrl: string;

const ARTICLE = `<!doctype html><html><head><title>Tides of the northern coast</title></head><body><nav>Home News</nav><article>
  <h1>Tides of the northern coast</h1>
  <p>The tides of the northern coast rise by four metres twice a day. Fishermen plan each tide by a printed table.</p>
  <p>A tide table lists the hours at which the water of the coast stands highest. It has been printed since 1880.</p>
  <p>Tourists rarely look at the tide table. Each summer the lifeboat brings some of them back from the sandbanks of the coast.</p>
  <p>The harbour master of the coast asks all visitors to read the tide table before they walk on the sand.</p>
</article></body></html>`;

beforeAll(async () => {
  page = createServer((_request, response) => response.setHeader('content-type', 'text/html').end(ARTICLE));
  await new Promise<void>((resolve) => page.listen(0, '127.0.0.1', resolve));
  const { port } = page.address() as AddressInfo;
  pageUrl = `http://127.0.0.1:${port}/tides`;
  program = await startTestProgram({ ROLE: 'all', OUTBOUND_ALLOW: `127.0.0.1:${port}` });
  client = await signIn(program);
});
afterAll(async () => {
  await program.close();
  page.close();
});

/** The same numbers in every run. */
function generator(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

interface Sale {
  readonly id: number;
  readonly region: string;
  /** Hundredths, so that sums are exact. */
  readonly cents: bigint | null;
}

const REGIONS = ['north', 'south', 'east, far', 'the "west"'];

function sales(count: number): Sale[] {
  const next = generator(11);
  return Array.from({ length: count }, (_, id) => ({
    id,
    region: REGIONS[Math.floor(next() ** 2 * REGIONS.length)]!,
    cents: next() < 0.07 ? null : BigInt(Math.round((next() - 0.3) * 1e6)),
  }));
}

const decimal = (cents: bigint): string => {
  const digits = String(cents < 0n ? -cents : cents).padStart(3, '0');
  return `${cents < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
};
const csvOf = (rows: readonly Sale[]): string =>
  [
    'id,region,amount',
    ...rows.map(({ id, region, cents }) =>
      [id, `"${region.replaceAll('"', '""')}"`, cents === null ? '' : decimal(cents)].join(','),
    ),
  ].join('\r\n');

describe('csv-report', () => {
  it('gives the numbers that a calculation by other means gives [ORC-15, LLM-2]', async () => {
    const rows = sales(5_000);
    const goal = await completed(client, {
      playbook: { name: 'csv-report', parameters: { file: 'in/sales.csv', group_by: 'region' } },
      files: [file('in/sales.csv', csvOf(rows))],
    });
    expect(goal.planned_by).toMatchObject({
      planner: 'playbook',
      playbook: 'csv-report',
      version: expect.any(Number) as number,
      parameters: { file: 'in/sales.csv', group_by: 'region', top: 5, header: true },
    });
    const report = await jsonArtifact<CsvReport>(client, goal, 'report.json');

    const known = rows.flatMap(({ cents }) => (cents === null ? [] : [cents]));
    const sum = (list: readonly bigint[]) => list.reduce((total, each) => total + each, 0n);
    const ordered = known.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
    const count = BigInt(known.length);
    // n·Σx² − (Σx)² in whole numbers: nothing is rounded before the root.
    const spread = Number(count * sum(known.map((each) => each * each)) - sum(known) ** 2n);
    const deviation = Math.sqrt(spread / known.length / (known.length - 1)) / 100;
    const half = known.length >> 1;
    const median = known.length % 2 === 1 ? Number(ordered[half]) : Number(ordered[half]! + ordered[half - 1]!) / 2;

    expect(report.rows).toBe(5_000);
    const amount = report.columns.find(({ name }) => name === 'amount')!;
    expect(amount).toMatchObject({
      type: 'number',
      values: known.length,
      missing: rows.length - known.length,
      sum: Number(decimal(sum(known))),
      min: Number(decimal(ordered[0]!)),
      max: Number(decimal(ordered.at(-1)!)),
    });
    expect(amount.mean).toBeCloseTo(Number(sum(known)) / known.length / 100, 8);
    expect(amount.median).toBeCloseTo(median / 100, 8);
    expect(amount.stddev).toBeCloseTo(deviation, 6);
    const groups = REGIONS.map((region) => {
      const own = rows.filter((row) => row.region === region);
      return { value: region, rows: own.length, sum: Number(decimal(sum(own.flatMap(({ cents }) => cents ?? [])))) };
    });
    expect(report.grouped.groups).toHaveLength(REGIONS.length);
    for (const { value, rows: size, sum: total } of groups) {
      const group = report.grouped.groups.find((each) => each.value === value);
      expect(group).toMatchObject({ rows: size, sums: { amount: total } });
    }
    expect(await artifact(client, goal, 'report.md')).toContain('5000');
  });
});

interface CsvReport {
  readonly rows: number;
  readonly columns: readonly {
    readonly name: string;
    readonly mean: number;
    readonly median: number;
    readonly stddev: number;
  }[];
  readonly grouped: { readonly groups: readonly { readonly value: string; readonly rows: number }[] };
}

/** Runs a built-in playbook and gives its goal. */
const run = (name: string, parameters: object, files: readonly object[] = []) =>
  completed(client, { playbook: { name, parameters }, files });

describe('the built-in playbook', () => {
  it('compare-two-csv names what was added, removed and changed [ORC-15, LLM-2]', async () => {
    const goal = await run('compare-two-csv', { before: 'old.csv', after: 'new.csv', key: ['id'] }, [
      file('old.csv', 'id,name\n1,ash\n2,birch\n3,cedar\n'),
      file('new.csv', 'id,name\n1,ash\n3,cypress\n4,dogwood\n5,elm\n'),
    ]);
    expect(await jsonArtifact(client, goal, 'diff.json')).toMatchObject({
      rows_added: 2,
      rows_removed: 1,
      rows_changed: 1,
      rows_unchanged: 1,
    });
  });

  it('fetch-and-summarise quotes a page word for word [ORC-15, LLM-2, TOL-2]', async () => {
    const goal = await run('fetch-and-summarise', { url: pageUrl, sentences: 2 });
    const summary = await artifact(client, goal, 'summary.md');
    expect(summary).toContain('Tides of the northern coast');
    const quoted = summary.split('\n').filter((line) => line.startsWith('- '));
    expect(quoted).toHaveLength(2);
    for (const line of quoted) expect(ARTICLE).toContain(line.slice(2));
  });

  it('folder-inventory counts files and finds doubles [ORC-15, LLM-2]', async () => {
    const goal = await run('folder-inventory', {}, [
      file('a/one.txt', 'same'),
      file('b/two.txt', 'same'),
      file('c.csv', 'x,y\n'),
    ]);
    expect(await jsonArtifact(client, goal, 'inventory.json')).toMatchObject({
      files: 3,
      size: 12,
      wasted: 4,
      duplicates: [{ paths: ['a/one.txt', 'b/two.txt'] }],
    });
  });

  it('image-or-file-checksums writes what sha256sum checks [ORC-15, LLM-2]', async () => {
    const contents = { 'a.txt': 'alpha', 'sub/b.bin': Buffer.from([0, 255, 10]) };
    const goal = await run(
      'image-or-file-checksums',
      {},
      Object.entries(contents).map(([path, content]) => file(path, content)),
    );
    const lines = (await artifact(client, goal, 'checksums.txt')).trimEnd().split('\n');
    const expected = Object.entries(contents).map(
      ([path, content]) => `${createHash('sha256').update(content).digest('hex')}  ${path}`,
    );
    expect(lines.toSorted()).toEqual(expected.toSorted());
  });

  it('json-validate tells valid from invalid, and fails the goal where it is asked to [ORC-15, LLM-2, ORC-8]', async () => {
    const schema = { type: 'object', properties: { n: { type: 'integer' } }, required: ['n'] };
    const files = (value: object) => [
      file('in.json', JSON.stringify(value)),
      file('in.schema.json', JSON.stringify(schema)),
    ];
    const parameters = { file: 'in.json', schema_file: 'in.schema.json' };
    const good = await run('json-validate', parameters, files({ n: 1 }));
    expect(await jsonArtifact(client, good, 'validation.json')).toMatchObject({ valid: true, count: 0 });
    const bad = await ran(client, {
      playbook: { name: 'json-validate', parameters: { ...parameters, allowed_errors: 0 } },
      files: files({ n: 'one' }),
    });
    // A playbook is never planned anew unless the goal says so.
    expect(bad).toMatchObject({ state: 'FAILED', error: { code: 'check_failed' }, replans: 0 });
    expect(await jsonArtifact(client, bad, 'validation.json')).toMatchObject({ valid: false, count: 1 });
  });

  it('log-triage counts levels and the most frequent errors [ORC-15, LLM-2]', async () => {
    const line = (n: number) => {
      const level = n % 50 === 0 ? 'ERROR' : n % 10 === 0 ? 'WARN' : 'INFO';
      const time = new Date(Date.UTC(2026, 0, 1) + n * 1000).toISOString();
      return `${time} ${level} ${level === 'ERROR' ? `no connection to store ${n}` : `request ${n} done`}`;
    };
    const text = Array.from({ length: 3_000 }, (_, n) => line(n + 1)).join('\n');
    const goal = await run('log-triage', { file: 'app.log' }, [file('app.log', text)]);
    const report = await jsonArtifact<{ levels: object; top_errors: { count: number }[] }>(client, goal, 'triage.json');
    expect(report).toMatchObject({ entries: 3_000, levels: { ERROR: 60, WARN: 240, INFO: 2_700 } });
    expect(report.top_errors).toMatchObject([{ count: 60 }]);
  });

  it('release-notes-from-git-log groups commits and names what breaks [ORC-15, LLM-2]', async () => {
    const commit = (n: number, author: string, message: string) =>
      `commit ${String(n).repeat(40)}\nAuthor: ${author} <${author}@example.test>\nDate:   Mon Jan 5 10:00:00 2026 +0000\n\n    ${message}\n`;
    const log = [
      commit(3, 'ada', 'feat(api)!: drop the old form'),
      commit(2, 'ben', 'fix: give the socket back'),
      commit(1, 'ada', 'feat: list things'),
    ].join('\n');
    const goal = await run('release-notes-from-git-log', {}, [file('git.log', log)]);
    const notes = await jsonArtifact<{ groups: { type: string; commits: object[] }[] }>(
      client,
      goal,
      'release-notes.json',
    );
    expect(notes).toMatchObject({
      commits: 3,
      breaking: [{ scope: 'api' }],
      authors: [{ name: 'ada', commits: 2 }, {}],
    });
    expect(notes.groups.map(({ type, commits }) => [type, commits.length])).toEqual([
      ['feat', 2],
      ['fix', 1],
    ]);
  });
});
