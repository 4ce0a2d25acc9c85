import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestClient, type TestProgram, createApiKey, createTenant } from '#libs/testing';
import { startAcme } from './acme.js';
import { type Finished, command } from './command-line.js';

const SALES = 'examples/data/sales.csv';

let program: TestProgram;
let client: TestClient;
let folder: string;

beforeAll(async () => {
  ({ program, client } = await startAcme());
  folder = mkdtempSync(join(tmpdir(), 'village-goal-'));
}, 60_000);
afterAll(async () => {
  await program.close();
  rmSync(folder, { recursive: true });
});

const goal = (args: readonly string[], input?: string): Promise<Finished> =>
  command('goal', args, { dataDir: program.dataDir, ...(input !== undefined && { input }) });

/** A file of a test's own. */
function file(name: string, content: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

const PLAN = { tasks: [{ id: 'say', tool: 'echo', arguments: { text: 'hello' } }] };
const DELETION = {
  description: 'Delete a note',
  files: [{ path: 'note.txt', from: 'note.txt' }],
  plan: { tasks: [{ id: 'delete', tool: 'delete_file', arguments: { path: 'note.txt' } }] },
};

describe('npm run goal', () => {
  it('follows a goal in words to its end, and saves what it made [ORC-15]', async () => {
    const out = join(folder, 'out');
    const { code, stdout } = await goal([
      'Report on in.csv by region',
      '--file',
      `${SALES}=in.csv`,
      '--watch',
      '--out',
      out,
    ]);
    expect(stdout).toMatch(/^Submitted goal_\w+ with 3 tasks\.$/m);
    expect(stdout).toMatch(/✓ compute {2}execute_javascript, /);
    expect(stdout).toMatch(/^✓ completed after /m);
    expect(JSON.parse(readFileSync(join(out, 'report.json'), 'utf8'))).toMatchObject({ file: 'in.csv', rows: 4000 });
    expect(code).toBe(0);
  });

  it('reads the parameters of a playbook by their types, from the line and from files [LLM-2]', async () => {
    const schema = file('schema.json', { type: 'object', required: ['id'] });
    const data = file('data.json', {});
    const args = ['--playbook', 'json-validate', '--param', 'file=data.json', '--param', `schema=@${schema}`];
    const { code, stdout } = await goal([...args, '--param', 'allowed_errors=1', '--file', data, '--json', '--watch']);
    const { planned_by: plannedBy, state } = JSON.parse(stdout) as Record<string, unknown>;
    expect(plannedBy).toMatchObject({
      playbook: 'json-validate',
      parameters: { file: 'data.json', schema: { type: 'object', required: ['id'] }, allowed_errors: 1 },
    });
    expect(state).toBe('COMPLETED');
    expect(code).toBe(0);
  });

  it('submits a plan alone or a whole goal, and prints it as JSON', async () => {
    const args = ['Say hello', '--plan', file('plan.json', PLAN), '--priority', 'high', '--json'];
    const { code, stdout, stderr } = await goal(args);
    expect(JSON.parse(stdout)).toMatchObject({ description: 'Say hello', priority: 'high', progress: { total: 1 } });
    expect(stderr).toBe('');
    expect(code).toBe(0);
  });

  it('shows by a dry run what the gate would say, and stores nothing', async () => {
    file('note.txt', 'x');
    const before = await client.get<{ data: unknown[] }>('/api/v1/goals?limit=200');
    const { code, stdout } = await goal(['--plan', file('deletion.json', DELETION), '--dry-run']);
    expect(stdout).toMatch(/^ {2}ask {3}delete delete_file$/m);
    expect(code).toBe(0);
    const after = await client.get<{ data: unknown[] }>('/api/v1/goals?limit=200');
    expect(after.body.data).toHaveLength(before.body.data.length);
  });

  it('lists the playbooks with their parameters', async () => {
    const { stdout } = await goal(['--playbooks']);
    expect(stdout).toMatch(/^csv-report {2}Report on a CSV file$/m);
    expect(stdout).toMatch(/^ {4}file {14}The CSV file \(required\)$/m);
  });

  it.each([
    [
      'approves',
      ['--watch'],
      'y looks right\n',
      0,
      /✓ completed/,
      { state: 'approved', decision_reason: 'looks right' },
    ],
    ['refuses', ['--watch'], 'what?\nno\nkeep it\n', 1, /✗ failed/, { state: 'rejected', decision_reason: 'keep it' }],
    ['approves by option', ['--watch', '--yes'], '', 0, /Approved: --yes was given/, { state: 'approved' }],
    ['answers nothing', ['--watch'], '', 3, /nobody here answers/, { state: 'pending' }],
  ])('asks on standard input and exits accordingly: %s [SAF-3]', async (_who, args, input, exit, shown, decided) => {
    file('note.txt', 'x');
    const { code, stdout } = await goal(['--plan', file('deletion.json', DELETION), ...args], input);
    expect(stdout).toContain('│ arguments path: "note.txt"');
    expect(stdout).toMatch(shown);
    expect(code).toBe(exit);
    const { body } = await client.get<{ data: unknown[] }>('/api/v1/approvals?limit=1');
    expect(body.data[0]).toMatchObject(decided);
  });
});

describe('a tenant in which nobody approves their own requests', () => {
  it('says so, and leaves the question to somebody else [SAF-3]', async () => {
    file('note.txt', 'x');
    const { token } = await createApiKey(program.database, await createTenant(program.database));
    const args = ['--plan', file('deletion.json', DELETION), '--watch', '--yes'];
    const { code, stdout } = await goal([...args, '--url', program.url, '--key', token]);
    expect(stdout).toMatch(/Nobody approves their own request \(own_request\)\./);
    expect(stdout).toMatch(/nobody here answers/);
    expect(code).toBe(3);
  });
});

describe('a command or a goal that is wrong', () => {
  it.each([
    [['make me rich'], /model_required[^]*--playbooks lists them/],
    [['--playbook', 'nope'], /There is no playbook "nope"\. There are compare-two-csv, /],
    [['--playbook', 'csv-report', '--param', 'rows=3'], /There is no parameter "rows"\. There are file, /],
    [['--playbook', 'csv-report', '--param', 'file=a.csv', '--param', 'top=x'], /--param top: "x" is no whole number/],
    [['--playbook', 'csv-report', '--param', 'file=a.csv', '--param', 'top=99'], /playbook\.parameters\.top: /],
    [['a', 'b'], /Put what is wanted in quotes/],
    [['a', '--frob'], /Unknown option '--frob'\. See npm run goal -- --help/],
    [['a', '--file', 'nowhere.csv'], /nowhere\.csv: There is no such file\./],
    [['a', '--yes'], /give --watch, too/],
    [['a', '--plan', 'package.json'], /"name" is no field of a goal/],
    [['a', '--plan', 'README.md'], /README\.md is no JSON/],
    [[], /Say|npm run goal/],
  ])('is told what to change, without a trace, and exits with 2: %j', async (args, message) => {
    const { code, stdout, stderr } = await goal(args);
    expect(`${stderr}${stdout}`).toMatch(message);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(code).toBe(2);
  });

  it('does not send files that a goal of somebody else names from elsewhere', async () => {
    const path = file('greedy.json', { ...DELETION, files: [{ path: 'note.txt', from: '/etc/hostname' }] });
    const { code, stderr } = await goal(['--plan', path]);
    expect(stderr).toMatch(/a goal's file may only name files beside it/);
    expect(code).toBe(2);
  });

  it('exits with 1 when the goal fails, and says why [SAF-4]', async () => {
    const { code, stdout } = await goal(['--plan', 'examples/goals/12-inside-address.json', '--watch']);
    expect(stdout).toMatch(/^address_blocked: /m);
    expect(code).toBe(1);
  });

  it('exits with 1 when nobody answers, and says how to start a server', async () => {
    const { code, stderr } = await goal(['a', '--url', 'http://127.0.0.1:9', '--key', 'k']);
    expect(stderr).toMatch(/Nobody answers at http:\/\/127\.0\.0\.1:9[^]*npm start/);
    expect(code).toBe(1);
  });
});
