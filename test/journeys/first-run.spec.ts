import { argon2Sync } from 'node:crypto';
import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { parsePublicId } from '#libs/kernel';
import { ApiKeyLookup, type Database, FirstRun } from '#libs/persistence';
import { permissionsOf } from '#libs/policy';
import { createTestDatabase } from '#libs/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseApiKey } from '../../src/access/api-keys/api-key.js';
import { bootstrap } from '../../src/bootstrap/bootstrap.js';
import type { Credentials } from '../../src/bootstrap/credentials-file.js';
import { ENTITIES } from '../../src/entities.js';

const URL = 'http://localhost:3000';

let database: Database;
let dataDir: string;

beforeEach(async () => {
  database = await createTestDatabase({ entities: ENTITIES });
  dataDir = await mkdtemp(join(tmpdir(), 'first-run-'));
});
afterEach(async () => {
  await database.close();
  await rm(dataDir, { recursive: true });
});

interface Start {
  readonly folder?: string;
  readonly setting?: boolean | undefined;
  readonly isEmbedded?: boolean;
}

/** Starts once, and gives what it printed. */
async function start({ folder = dataDir, setting = true, isEmbedded = true }: Start = {}): Promise<string> {
  const { system, roles } = database;
  let printed = '';
  await bootstrap({
    database: { system, roles, isEmbedded },
    settings: { dataDir: folder, bootstrap: setting },
    url: URL,
    logger: pino({ level: 'silent' }),
    print: (text) => {
      printed += text;
    },
  });
  return printed;
}

async function credentials(folder = dataDir): Promise<Credentials> {
  return JSON.parse(await readFile(join(folder, 'first-run.json'), 'utf8')) as Credentials;
}

async function tenants(): Promise<{ id: string; slug: string }[]> {
  return database.system.once('select id, slug, tier, status, settings from tenant');
}

describe('the first start', () => {
  it('makes acme, its admin and the system admin, ready for use [TEN-1]', async () => {
    await start();
    const made = await credentials();
    const tenantId = parsePublicId('ten', made.tenant_id);
    expect(await tenants()).toEqual([
      {
        id: tenantId,
        slug: 'acme',
        tier: 'ENTERPRISE',
        status: 'ACTIVE',
        settings: { approvals: { requester_may_approve: true, submitted_wasm_code_needs_approval: false } },
      },
    ]);
    const people = await database.system.once(
      `select u.email, u.is_system_admin, m.roles, m.tenant_id, t.owner_user_id = u.id as owner
         from user_account u join membership m on m.user_id = u.id join tenant t on t.id = m.tenant_id order by email`,
    );
    expect(people).toEqual([
      { email: 'admin@acme.test', is_system_admin: false, roles: ['TENANT_ADMIN'], tenant_id: tenantId, owner: true },
      { email: 'root@localhost', is_system_admin: true, roles: [], tenant_id: tenantId, owner: false },
    ]);
  });

  it('makes a key with all of the tenant’s scopes, of which only the hash is kept [KEY-1] [KEY-2]', async () => {
    await start();
    const key = parseApiKey((await credentials()).api_key);
    const record = await new ApiKeyLookup(database.system).find(key?.keyId ?? '');
    expect(record).toMatchObject({ status: 'active', expires_in_ms: null, owner_roles: ['TENANT_ADMIN'] });
    expect(record?.secret_sha256).toEqual(key?.hash);
    expect(new Set(record?.scopes)).toEqual(permissionsOf(['TENANT_ADMIN']));
  });

  it('makes a key of the system admin, which may stop everything and read nothing of the tenant [SAF-7]', async () => {
    await start();
    const key = parseApiKey((await credentials()).system_api_key);
    const record = await new ApiKeyLookup(database.system).find(key?.keyId ?? '');
    expect(record).toMatchObject({ owner_is_system_admin: true, scopes: ['admin:read', 'admin:write'] });
  });

  it('keeps passwords as argon2id hashes that verify [USR-1]', async () => {
    await start();
    const { admin_password, system_admin_password } = await credentials();
    const rows = await database.system.once<{ password_hash: string }>(
      'select password_hash from user_account order by email',
    );
    expect(
      rows.map(({ password_hash }, at) => verifies([admin_password, system_admin_password][at]!, password_hash)),
    ).toEqual([true, true]);
    expect(admin_password.length).toBeGreaterThanOrEqual(12);
    expect(admin_password).not.toBe(system_admin_password);
  });

  it('writes a file with exactly the promised keys, for its owner only, and prints the same', async () => {
    const printed = await start();
    const made = await credentials();
    expect(Object.keys(made)).toEqual([
      'url',
      'tenant_id',
      'tenant_slug',
      'admin_email',
      'admin_password',
      'system_admin_email',
      'system_admin_password',
      'api_key',
      'system_api_key',
    ]);
    expect((await stat(join(dataDir, 'first-run.json'))).mode & 0o777).toBe(0o600);
    expect(await readdir(dataDir)).toEqual(['first-run.json']);
    for (const value of Object.values(made)) expect(printed).toContain(value);
    expect(printed).toMatch(/demo settings/);
  });
});

describe('a later start', () => {
  it('changes nothing and prints nothing', async () => {
    await start();
    const before = await readFile(join(dataDir, 'first-run.json'), 'utf8');
    expect(await start()).toBe('');
    expect(await readFile(join(dataDir, 'first-run.json'), 'utf8')).toBe(before);
    expect(await tenants()).toHaveLength(1);
  });

  it('at the same time as the first leaves one tenant and one file', async () => {
    const other = await mkdtemp(join(tmpdir(), 'first-run-'));
    const printed = await Promise.all([start(), start({ folder: other }), start({ folder: other })]);
    expect(printed.filter((text) => text !== '')).toHaveLength(1);
    expect(await tenants()).toHaveLength(1);
    expect([...(await readdir(dataDir)), ...(await readdir(other))]).toEqual(['first-run.json']);
    await rm(other, { recursive: true });
  });
});

describe('where it may be', () => {
  it.each<[string, Start, number]>([
    ['the embedded database, by default', { setting: undefined, isEmbedded: true }, 1],
    ['no other database, by default', { setting: undefined, isEmbedded: false }, 0],
    ['another database, when told to', { setting: true, isEmbedded: false }, 1],
    ['not even the embedded one, when told not to', { setting: false, isEmbedded: true }, 0],
  ])('is %s', async (_where, given, expected) => {
    // `undefined` must reach the program, so the default of `start` is passed over.
    const { system, roles } = database;
    await bootstrap({
      database: { system, roles, isEmbedded: given.isEmbedded ?? true },
      settings: { dataDir, bootstrap: given.setting },
      url: URL,
      logger: pino({ level: 'silent' }),
      print: () => undefined,
    });
    expect(await tenants()).toHaveLength(expected);
  });
});

describe('a start that is cut off', () => {
  it('before its commit leaves nothing, and the next one begins anew', async () => {
    await start();
    const lost = await readFile(join(dataDir, 'first-run.json'), 'utf8');
    // As after a crash with the file staged: the database is empty again.
    await rm(join(dataDir, 'first-run.json'));
    await writeFile(join(dataDir, 'first-run.json.pending'), lost, { mode: 0o600 });
    await database.close();
    database = await createTestDatabase({ entities: ENTITIES });
    await start();
    expect((await credentials()).api_key).not.toBe((JSON.parse(lost) as Credentials).api_key);
    expect(await readdir(dataDir)).toEqual(['first-run.json']);
  });

  it('between its commit and the naming of the file loses no credential', async () => {
    await start();
    const made = await readFile(join(dataDir, 'first-run.json'), 'utf8');
    await rm(join(dataDir, 'first-run.json'));
    await writeFile(join(dataDir, 'first-run.json.pending'), made, { mode: 0o600 });
    // Several that share the folder start at once.
    const printed = await Promise.all([start(), start(), start()]);
    expect(await readFile(join(dataDir, 'first-run.json'), 'utf8')).toBe(made);
    expect(printed.filter((text) => text.includes((JSON.parse(made) as Credentials).api_key))).toHaveLength(1);
    expect(await readdir(dataDir)).toEqual(['first-run.json']);
    expect(await tenants()).toHaveLength(1);
  });

  it('while it wrote the file is begun anew', async () => {
    await writeFile(join(dataDir, 'first-run.json.pending'), '{"url": "htt');
    await start();
    expect((await credentials()).tenant_slug).toBe('acme');
    expect(await readdir(dataDir)).toEqual(['first-run.json']);
  });

  it('because the file cannot be written leaves no tenant', async () => {
    await writeFile(join(dataDir, 'file'), '');
    await expect(start({ folder: join(dataDir, 'file') })).rejects.toThrow(/EEXIST|ENOTDIR/);
    expect(await tenants()).toEqual([]);
  });

  it('by an error inside the transaction leaves no row', async () => {
    const firstRun = new FirstRun(database.system, database.roles.app);
    const rows = {
      tenant: {
        id: crypto.randomUUID(),
        name: 'A',
        slug: 'a',
        tier: 'FREE',
        settings: {},
        ownerUserId: crypto.randomUUID(),
      },
      users: [],
    };
    await expect(
      firstRun.create(
        () => Promise.resolve(rows),
        () => Promise.resolve(),
      ),
    ).rejects.toThrow(/foreign key/);
    expect(await tenants()).toEqual([]);
  });
});

describe('a file of another database', () => {
  it('is kept beside, not overwritten', async () => {
    for (const text of ['one', 'two']) {
      await writeFile(join(dataDir, 'first-run.json'), text);
      await start();
      expect((await credentials()).tenant_slug).toBe('acme');
      await database.close();
      database = await createTestDatabase({ entities: ENTITIES });
    }
    expect(await readFile(join(dataDir, 'first-run.earlier-1.json'), 'utf8')).toBe('one');
    expect(await readFile(join(dataDir, 'first-run.earlier-2.json'), 'utf8')).toBe('two');
  });
});

/** Verifies as any reader of the PHC string format would. */
function verifies(password: string, stored: string): boolean {
  const [, memory, passes, parallelism, salt, hash] =
    /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([^$]+)\$([^$]+)$/.exec(stored) ?? [];
  const expected = Buffer.from(hash!, 'base64');
  const found = argon2Sync('argon2id', {
    message: password,
    nonce: Buffer.from(salt!, 'base64'),
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
    tagLength: expected.length,
  });
  return found.equals(expected);
}
