import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestClient, TestProgram } from '#libs/testing';
import { startAcme } from './acme.js';
import { type Finished, command } from './command-line.js';

let program: TestProgram;
let client: TestClient;
let server: Server;
let folder: string;
let plan: string;
/** How many of the next requests get no answer. */
let lost = 0;

beforeAll(async () => {
  server = createServer((_, response) => {
    if (lost-- > 0) response.destroy();
    else response.writeHead(201, { 'content-type': 'application/json' }).end('{"order": 7}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  ({ program, client } = await startAcme({ OUTBOUND_ALLOW: host }));
  folder = mkdtempSync(join(tmpdir(), 'village-uncertain-'));
  plan = join(folder, 'order.json');
  const order = { id: 'order', tool: 'http_post', arguments: { url: `http://${host}/`, body: { boxes: 5 } } };
  writeFileSync(plan, JSON.stringify({ description: 'Order paper', plan: { tasks: [order] } }));
}, 60_000);
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await program.close();
  server.close();
});

function watch(input: string, options: readonly string[] = []): Promise<Finished> {
  lost = 1;
  return command('goal', ['--plan', plan, '--watch', ...options], { dataDir: program.dataDir, input });
}

describe('npm run goal with a call that may have taken effect', () => {
  it.each([
    [
      'it is to be repeated',
      'what?\nr they have nothing\n',
      0,
      { state: 'approved', resolution: 'repeat', output: null, decision_reason: 'they have nothing' },
    ],
    [
      'it took effect',
      't in their list\nno JSON\n{"status": 201}\n',
      0,
      { state: 'approved', resolution: 'took_effect', output: { status: 201 }, decision_reason: 'in their list' },
    ],
    [
      'it took effect, and nothing is known of what it gave',
      'took effect\n\n',
      0,
      { state: 'approved', resolution: 'took_effect', output: null, decision_reason: null },
    ],
    ['its task is to fail', 'f nobody can tell\n', 1, { state: 'rejected', decision_reason: 'nobody can tell' }],
    ['nothing at all', '', 3, { state: 'pending' }],
  ])('asks a person, who says: %s [TOL-7]', async (_, input, exit, decided) => {
    const { code, stdout } = await watch(input);
    expect(stdout).toContain('asks: did this take effect?');
    expect(stdout).toMatch(/│ key +av-task_/);
    expect(stdout).toMatch(/│ why +Nobody knows whether http_post took effect/);
    expect(code, stdout).toBe(exit);
    const { body } = await client.get<{ data: object[] }>('/api/v1/approvals?limit=1');
    expect(body.data[0]).toMatchObject({ kind: 'uncertain', ...decided });
  });

  it('is left to a person by --yes, which only gives leave [TOL-7]', async () => {
    const { code, stdout } = await watch('', ['--yes']);
    expect(stdout).toContain('Left to a person');
    expect(code).toBe(3);
    const { body } = await client.get<{ data: object[] }>('/api/v1/approvals?limit=1');
    expect(body.data[0]).toMatchObject({ kind: 'uncertain', state: 'pending' });
  });
});
