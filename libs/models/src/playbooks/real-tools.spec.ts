import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type JsonObject, type JsonValue, isJsonObject } from '#libs/kernel';
import { type OutputChecker, type Plan, type ToolCatalogue, validatePlan } from '#libs/orchestration';
import { Outbound } from '#libs/outbound';
import { createSandboxes } from '#libs/sandbox';
import { BUILTIN_TOOLS, SchemaChecker, ToolRegistry, ToolRunner, codeTools, webTools } from '#libs/tools';
import { BUILTIN_PLAYBOOKS } from '../library/builtin.js';
import { playbookLibrary } from '../library/library.js';
import { RulePlanner } from '../planner/rule-planner.js';
import { examplePlan } from '../playbook/parse-playbook.js';

let folder: string;
let sandboxes: ReturnType<typeof createSandboxes>;
let outbound: Outbound;
let registry: ToolRegistry;
const schemas = new SchemaChecker();
/** Built-in playbooks and steps check by schemas only. */
const checker: OutputChecker = {
  validate: ({ schema = true }) => schemas.validateSchema(schema),
  check: ({ schema = true }, output) => schemas.check(schema, output),
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'playbooks-'));
  sandboxes = createSandboxes({ scratchDir: join(folder, 'scratch'), unjailed: false });
  outbound = new Outbound({ allow: ['127.0.0.1'] });
  registry = new ToolRegistry([...BUILTIN_TOOLS, ...codeTools(sandboxes), ...webTools(outbound)]);
});

afterAll(async () => {
  await sandboxes.close();
  outbound.close();
  await rm(folder, { recursive: true, force: true });
});

/** The registry as the core sees it, as far as plans are checked. */
const catalogue = (): ToolCatalogue => ({
  find: (name) => registry.find(name),
  names: () => registry.list().map((tool) => tool.name),
  validateArguments: (name, given) => registry.validateArguments(name, given, { references: 'allowed' }),
});

function resolve(value: JsonValue, outputs: ReadonlyMap<string, JsonValue>): JsonValue {
  if (Array.isArray(value)) return value.map((item: JsonValue) => resolve(item, outputs));
  if (!isJsonObject(value)) return value;
  if (value['$literal'] !== undefined) return value['$literal'];
  if (typeof value['$ref'] !== 'string') {
    return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, resolve(child, outputs)]));
  }
  const [task = '', path = ''] = value['$ref'].split('.output');
  const steps = path.split('.').slice(1);
  return steps.reduce((here: JsonValue, step) => (here as Record<string, JsonValue>)[step]!, outputs.get(task)!);
}

/** Runs a plan with the tools that goals have, in a folder with these files. */
async function runIn(root: string, plan: Plan): Promise<void> {
  expect(validatePlan(plan, { tools: catalogue(), checker })).toEqual([]);
  const runner = new ToolRunner(registry);
  const outputs = new Map<string, JsonValue>();
  const signal = new AbortController().signal;
  for (const task of plan.tasks) {
    const given = resolve(task.arguments ?? {}, outputs) as JsonObject;
    const ids = { goalId: 'g', taskId: task.id, attempt: 1, timeoutSeconds: task.timeout_seconds };
    const call = { tool: task.tool, arguments: given, workspaceRoot: root, signal, ...ids };
    const outcome = await runner.run(call as Parameters<ToolRunner['run']>[0]);
    if (!outcome.ok) throw new Error(`${task.id}: ${outcome.error.detail}`);
    outputs.set(task.id, outcome.output);
    const issues = schemas.check(task.check?.schema ?? true, outcome.output);
    if (issues.length > 0) throw new Error(`${task.id}: ${issues[0]!.path} ${issues[0]!.message}`);
  }
}

async function goal(
  description: string,
  files: Readonly<Record<string, string | Buffer>>,
  playbook?: { name: string; parameters: JsonObject },
): Promise<(path: string) => Promise<string>> {
  const root = await mkdtemp(join(folder, 'goal-'));
  for (const [path, content] of Object.entries(files)) await writeFile(join(root, path), content);
  const planned = new RulePlanner().plan({ description, playbook, files: Object.keys(files) }, playbookLibrary());
  if (!planned.understood) throw new Error(planned.hints.join());
  await runIn(root, planned.plan);
  return (path) => readFile(join(root, path), 'utf8');
}

describe('every built-in playbook', () => {
  it.each(BUILTIN_PLAYBOOKS.map((playbook) => [playbook.name, playbook] as const))(
    '%s is a plan that the engine takes [LLM-2] [ORC-15]',
    (_, playbook) => {
      expect(validatePlan(examplePlan(playbook), { tools: catalogue(), checker })).toEqual([]);
    },
  );
});

describe('with the real tools', () => {
  it('csv-report, by a phrase [ORC-15]', async () => {
    const read = await goal('Report on sales.csv by region', { 'sales.csv': 'region;amount\nnorth;0,1\nnorth;0,2\n' });
    expect(JSON.parse(await read('report.json'))).toMatchObject({ columns: [{}, { sum: 0.3 }], grouped: { count: 1 } });
    expect(await read('report.md')).toContain('# sales.csv');
  });

  it.each<[string, Record<string, string>, RegExp]>([
    ['report on a.csv by x', { 'a.csv': 'n\n1\n' }, /compute: There is no column "x"\. The columns are: n\.$/],
    ['sum n in a.csv', { 'a.csv': 'n\nx\n' }, /step-1: "x" in the column "n" is no number\.$/],
    ['count rows in a.json', { 'a.json': '[1' }, /step-1: "a\.json" is not valid JSON: [^()]*$/],
  ])('what is wrong with a file is told without a place in a program: %s [ORC-15]', async (text, files, message) => {
    await expect(goal(text, files)).rejects.toThrow(message);
  });

  it('compare-two-csv, log-triage and release notes, by phrases [ORC-15]', async () => {
    const diff = await goal('compare a.csv with b.csv by id', { 'a.csv': 'id,n\n1,x\n', 'b.csv': 'id,n\n1,y\n' });
    expect(await diff('diff.md')).toContain('| 1 | n | x | y |');
    const triage = await goal('triage app.log', { 'app.log': '2026-01-01T00:00:00Z ERROR no\n' });
    expect(JSON.parse(await triage('triage.json'))).toMatchObject({ levels: { ERROR: 1 } });
    const log = `commit ${'a'.repeat(40)}\nAuthor: Ann <a@b.test>\nDate:   x\n\n    feat: begin\n`;
    const notes = await goal('write the release notes', { 'git.log': log });
    expect(await notes('release-notes.md')).toContain('## Features\n\n- begin (aaaaaaa)');
  });

  it('json-validate, which fails the goal where errors are not allowed [ORC-15] [ORC-9]', async () => {
    const files = { 'o.json': '{"n": "x"}', 's.json': '{"properties": {"n": {"type": "integer"}}}' };
    const read = await goal('validate o.json against s.json', files);
    expect(await read('validation.md')).toContain('| /n | type | must be integer, not string. |');
    const strict = { name: 'json-validate', parameters: { file: 'o.json', schema_file: 's.json', allowed_errors: 0 } };
    await expect(goal('check', files, strict)).rejects.toThrow('verdict: errors must be <= 0.');
  });

  it('folder-inventory and image-or-file-checksums [ORC-15]', async () => {
    const files = { 'a.txt': 'same', 'b.txt': 'same', 'c.gif': Buffer.from('GIF89a\x0a\0\x14\0', 'latin1') };
    const inventory = await goal('make an inventory of the files', files);
    expect(JSON.parse(await inventory('inventory.json'))).toMatchObject({
      files: 3,
      duplicates: [{ paths: ['a.txt', 'b.txt'] }],
    });
    const sums = await goal('compute the checksums of all files', files);
    expect(await sums('checksums.txt')).toMatch(/^[0-9a-f]{64} {2}a\.txt\n/);
    expect(JSON.parse(await sums('checksums.json'))).toMatchObject({ files: [{}, {}, { width: 10, height: 20 }] });
  });

  it('fetch-and-summarise, of a page on this machine [ORC-15]', async () => {
    const text =
      '<p>Trains are the fastest way to the city in the morning.</p><p>The morning trains to the city leave every ten minutes from platform two.</p>';
    const server = createServer((_, response) =>
      response.setHeader('Content-Type', 'text/html').end(`<title>Trains</title><article>${text.repeat(3)}</article>`),
    );
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    try {
      const { port } = server.address() as AddressInfo;
      const read = await goal(`summarise http://127.0.0.1:${port}/a in 2 sentences`, {});
      expect(await read('summary.md')).toContain('- Trains are the fastest way to the city in the morning.');
    } finally {
      server.close();
    }
  });

  it('a list of steps [LLM-2] [ORC-15]', async () => {
    const read = await goal(
      '1. read sales.csv 2. count rows by region 3. check that there are at least 2 rows 4. write the result to out.json',
      {
        'sales.csv': 'region,n\na,1\nb,2\na,3\n',
      },
    );
    expect(JSON.parse(await read('out.json'))).toEqual([
      { region: 'a', rows: 2 },
      { region: 'b', rows: 1 },
    ]);
  });

  const hasGit = spawnSync('git', ['--version']).status === 0;
  it.skipIf(!hasGit)(
    'release notes of this project, where it is a git repository (skipped without git) [ORC-15]',
    async () => {
      const log = spawnSync('git', ['log', '--decorate', '-n', '300'], { encoding: 'utf8', cwd: import.meta.dirname });
      const text =
        log.status === 0 && log.stdout !== ''
          ? log.stdout
          : `commit ${'b'.repeat(40)}\nAuthor: A <a@b.test>\n\n    fix: c\n`;
      const read = await goal('write release notes', { 'git.log': text });
      expect(JSON.parse(await read('release-notes.json'))).toMatchObject({ groups: expect.any(Array) });
    },
  );
});
