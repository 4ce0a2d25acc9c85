import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Settings, loadSettings } from '#libs/config';
import { createLogger } from '#libs/context';
import { type TestClone, TestClient, cloneTestDatabase } from '#libs/testing';
import { type Program, migrateOnly, startProgram } from '../../src/program.js';
import { StartError } from '../../src/process/start-error.js';

let clone: TestClone;
let folder: string;
const printed: string[] = [];

function settings(extra: Record<string, string> = {}): Settings {
  return loadSettings({
    DATABASE_URL: clone.url,
    DATABASE_MIGRATION_URL: clone.ownerUrl,
    DATA_DIR: folder,
    PORT: '0',
    LOG_LEVEL: 'silent',
    ...extra,
  });
}

const start = (extra?: Record<string, string>): Promise<Program> =>
  startProgram(settings(extra), { print: (text) => printed.push(text) });

beforeAll(async () => {
  clone = await cloneTestDatabase();
  folder = await mkdtemp(join(tmpdir(), 'village-program-'));
});
afterAll(async () => {
  await clone.drop();
  await rm(folder, { recursive: true });
});

describe('the program', () => {
  it('makes a tenant at its first start where it is asked to, and serves with its key [KEY-5, RBC-7]', async () => {
    const program = await start({ BOOTSTRAP: '1' });
    try {
      const file = join(folder, 'first-run.json');
      const credentials = JSON.parse(await readFile(file, 'utf8')) as Record<string, string>;
      expect((await stat(file)).mode & 0o777).toBe(0o600);
      expect(credentials['url']).toBe(program.url);
      expect(printed.join('')).toContain(credentials['api_key']);
      const me = await new TestClient(program.url, credentials['api_key']).get('/api/v1/me');
      expect(me.body).toMatchObject({ tenant: { id: credentials['tenant_id'], slug: 'acme', status: 'ACTIVE' } });
    } finally {
      await program.close();
    }
  });

  it('makes none on a database that was given to it, unless asked', async () => {
    const shown = printed.length;
    const program = await start();
    await program.close();
    expect(printed).toHaveLength(shown);
  });

  it('says how its parts do, and no more than that [OBS-4]', async () => {
    const program = await start();
    try {
      const client = new TestClient(program.url);
      expect((await client.get('/health')).body).toMatchObject({ status: 'ok' });
      expect((await client.get('/health/ready')).body).toEqual({ status: 'ready' });
      const deep = await client.get('/health/deep');
      const names = (deep.body['checks'] as { name: string; status: string; latency_ms: number }[]).map(
        ({ name }) => name,
      );
      expect(names).toEqual(expect.arrayContaining(['database', 'disk']));
      expect(JSON.stringify(deep.body)).not.toContain(folder);
      expect((await client.get('/')).headers.get('content-type')).toMatch(/^text\/html/);
    } finally {
      await program.close();
    }
  });

  it('stops listening when it is closed, and may be closed twice [WRK-3]', async () => {
    const program = await start();
    await Promise.all([program.close(), program.close()]);
    await expect(fetch(program.url)).rejects.toThrow('fetch failed');
  });

  it('serves only health as a worker [DEP-2]', async () => {
    const worker = await start({ ROLE: 'worker' });
    try {
      const client = new TestClient(worker.url);
      expect((await client.get('/health/ready')).status).toBe(200);
      expect((await client.get('/api/v1/me')).status).toBe(404);
      expect((await client.get('/docs')).status).toBe(404);
    } finally {
      await worker.close();
    }
  });

  it('migrates and ends as migrate, and does not migrate as api [DEP-2]', async () => {
    const empty = await cloneTestDatabase({ empty: true });
    try {
      const urls = { DATABASE_URL: empty.url, DATABASE_MIGRATION_URL: empty.ownerUrl };
      await expect(start({ ...urls, ROLE: 'api' })).rejects.toThrow(/migrat/i);
      await migrateOnly(settings({ ...urls, ROLE: 'migrate' }), createLogger('silent'));
      await (await start({ ...urls, ROLE: 'api' })).close();
    } finally {
      await empty.drop();
    }
  });

  it('names PORT and the remedy when the port is in use, and leaves nothing open', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    try {
      const { port } = other.address() as AddressInfo;
      const attempt = start({ PORT: String(port) });
      await expect(attempt).rejects.toThrow(StartError);
      await expect(attempt).rejects.toThrow(new RegExp(`^PORT: port ${port} .*in use[\\s\\S]*PORT=${port + 1}`));
    } finally {
      other.close();
    }
  });
});

it('a data folder is not made by a program that has a database of its own', () => {
  expect(existsSync(join(folder, 'postgres'))).toBe(false);
});
