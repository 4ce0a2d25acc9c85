import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { runInContext } from '#libs/context';
import { COMMON_ERRORS, newId } from '#libs/kernel';
import { type Database, GoalClaims, Heartbeats } from '#libs/persistence';
import { type TestTenant, createTenant, createTestDatabase } from '#libs/testing';
import { LocalFileStore } from '#libs/tools';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newGoal } from '../../libs/orchestration/src/conformance/kit.js';
import { fileKey } from './files/file-key.js';
import { FilesService } from './files/files.service.js';
import { Workspaces } from './files/workspaces.js';
import { GoalQueries } from './goal-queries.js';
import { NewGoals } from './new-goals.js';
import { PgGoalStore } from './store/pg-goal-store.js';

const PLAN = { tasks: [{ id: 'a', tool: 'echo' }] };

let database: Database;
let tenant: TestTenant;
let root: string;
let files: LocalFileStore;
let workspaces: Workspaces;
let goals: NewGoals;

beforeAll(async () => {
  database = await createTestDatabase();
  tenant = await createTenant(database);
  root = await mkdtemp(join(tmpdir(), 'av-left-behind-'));
  files = new LocalFileStore(join(root, 'files'));
  workspaces = new Workspaces(join(root, 'workspaces'));
  const store = new PgGoalStore(
    database.tenants,
    new GoalClaims(database.system),
    new Heartbeats(database.reserved),
    () => '',
  );
  goals = new NewGoals(store, new GoalQueries(database.tenants, files), workspaces);
});
afterAll(async () => {
  await database.close();
  await rm(root, { recursive: true, force: true });
});

function asSomebody<T>(work: () => Promise<T>): Promise<T> {
  const id = newId();
  const principal = {
    kind: 'user' as const,
    id,
    publicId: 'usr_test',
    tenantId: tenant.id,
    userId: id,
    name: 'somebody',
    roles: [],
    permissions: new Set<never>(),
  };
  const context = { requestId: 'req_test', address: '', operation: 'test', tokensUsed: 0, apiCalls: 0 };
  return runInContext({ ...context, principal, tenantId: tenant.id }, work);
}

/** Adds a goal whose one file is in place, and then whatever `then` makes of it. */
async function add(id: string, then: (goal: ReturnType<typeof newGoal>) => ReturnType<typeof newGoal>): Promise<void> {
  await asSomebody(() =>
    goals.add(tenant.id, id, async () => {
      await workspaces.open(tenant.id, id).write('in.txt', Readable.from([Buffer.from('x')]));
      return then(newGoal(PLAN, { tenantId: tenant.id, id }));
    }),
  );
}

const isThere = (id: string): boolean => existsSync(join(workspaces.pathOf(tenant.id, id), 'in.txt'));

describe('files of a goal', () => {
  it('go when the goal is refused, and stay when it is stored [ORC-13]', async () => {
    const [refused, stored] = [newId(), newId()];
    const unstorable = (goal: ReturnType<typeof newGoal>) => ({ ...goal, goal: { ...goal.goal, description: 'a\0b' } });
    await expect(add(refused, unstorable)).rejects.toMatchObject({ code: expect.stringMatching(/^22/) });
    await add(stored, (goal) => goal);
    expect([isThere(refused), isThere(stored)]).toEqual([false, true]);
    // A repetition that is refused takes nothing from the goal that the first made.
    await expect(add(stored, unstorable)).rejects.toMatchObject({ code: expect.stringMatching(/^22/) });
    expect(isThere(stored)).toBe(true);
  });

  it('stay while nobody knows whether the goal was stored [ORC-13]', async () => {
    const id = newId();
    const away = (): never => {
      throw COMMON_ERRORS.make('unavailable', 'The database cannot be reached right now.');
    };
    await expect(add(id, away)).rejects.toMatchObject({ code: 'unavailable' });
    expect(isThere(id)).toBe(true);
  });
});

describe('an upload', () => {
  it('leaves no content behind when it is refused [ORC-13]', async () => {
    const service = new FilesService(database.tenants, files);
    const [received, id] = [newId(), newId()];
    await asSomebody(async () => {
      const stored = await service.receive(received, Readable.from([Buffer.from('x')]));
      await expect(service.keep(received, id, stored, 'a\0b')).rejects.toMatchObject({ code: '22021' });
    });
    const keys = [received, id].map((each) => fileKey(tenant.id, each));
    expect(await Promise.all(keys.map((key) => files.exists(key)))).toEqual([false, false]);
  });
});
