import { link, mkdir, mkdtemp, readFile, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parsePublicId } from '#libs/kernel';
import {
  type TestClient,
  type TestProgram,
  type TestTenant,
  createApiKey,
  createTenant,
  startTestProgram,
} from '#libs/testing';
import { type GoalJson, end, journalOf, submitted, tasksOf } from '../journeys/goals.js';

const SECRET = 'nobody may read this';

let program: TestProgram;
let tenant: TestTenant;
let client: TestClient;
let outside: string;

beforeAll(async () => {
  program = await startTestProgram({ ROLE: 'all' });
  tenant = await createTenant(program.database, { settings: { approvals: { requester_may_approve: true } } });
  client = program.client((await createApiKey(program.database, tenant)).token);
  // On the same file system as the workspaces, so that hard links are possible.
  outside = await mkdtemp(join(tmpdir(), 'village-outside-'));
  await writeFile(join(outside, 'secret.txt'), SECRET);
});
afterAll(async () => {
  await program.close();
  await rm(outside, { recursive: true });
});

type Plant = (workspace: string) => Promise<void>;

/** Runs a task in a workspace into which something has been planted behind the program's back. */
async function run(plant: Plant, tool: string, given: object): Promise<GoalJson> {
  const { id } = await submitted(client, {
    description: 'Escapes',
    start: false,
    // Neither a retry nor another plan may help.
    on_failure: 'replan',
    plan: { tasks: [{ id: 'escape', tool, arguments: given }] },
  });
  const workspace = join(program.dataDir, 'workspaces', tenant.id, parsePublicId('goal', id)!);
  await mkdir(workspace, { recursive: true });
  await plant(workspace);
  await client.post(`/api/v1/goals/${id}/execute`);
  // Even an approval does not open the way out.
  if (tool === 'delete_file') await approved(id);
  return end(client, id);
}

async function approved(id: string): Promise<void> {
  await expect
    .poll(async () => (await client.post(`/api/v1/goals/${id}/approve`)).status, { timeout: 10_000 })
    .toBe(200);
}

async function expectViolation(goal: GoalJson): Promise<void> {
  expect(goal).toMatchObject({ state: 'FAILED', error: { code: 'path_outside_workspace' }, progress: { failed: 1 } });
  const [task] = await tasksOf(client, goal.id);
  expect(task).toMatchObject({ state: 'FAILED', attempts: 1, error: { code: 'path_outside_workspace' } });
  const rows = await journalOf(client, goal.id);
  expect(rows.filter(({ to }) => to === 'REPLANNING')).toEqual([]);
  const told = JSON.stringify([goal, task, rows]);
  expect(told).not.toContain(SECRET);
  expect(told).not.toContain(outside);
  const events = await program.database.tenants.once(
    tenant.id,
    `select from event where type = 'safety.violation' and resource_id = $1`,
    [parsePublicId('goal', goal.id)],
  );
  expect(events).toHaveLength(1);
}

async function expectOutsideUntouched(): Promise<void> {
  expect(await readdir(outside)).toEqual(['secret.txt']);
  expect(await readFile(join(outside, 'secret.txt'), 'utf8')).toBe(SECRET);
}

const toFile: Plant = (workspace) => symlink(join(outside, 'secret.txt'), join(workspace, 'door'));
const toFolder: Plant = (workspace) => symlink(outside, join(workspace, 'door'));
const upwards: Plant = (workspace) => symlink('../../../..', join(workspace, 'door'));
const hardLink: Plant = (workspace) => link(join(outside, 'secret.txt'), join(workspace, 'door'));

describe('a link out of the workspace fails the goal as a violation', () => {
  it.each<[string, Plant, string, object]>([
    ['reading through a symbolic link', toFile, 'read_file', { path: 'door' }],
    ['reading through a linked folder', toFolder, 'read_file', { path: 'door/secret.txt' }],
    ['reading through a link upwards', upwards, 'read_file', { path: 'door/etc/hostname' }],
    ['reading through a hard link', hardLink, 'read_file', { path: 'door' }],
    ['writing through a linked folder', toFolder, 'write_file', { path: 'door/new.txt', content: 'x' }],
    ['writing through a symbolic link', toFile, 'write_file', { path: 'door', content: 'x' }],
    ['writing through a hard link', hardLink, 'write_file', { path: 'door', content: 'x' }],
    ['listing a linked folder', toFolder, 'list_directory', { path: 'door' }],
    ['searching a linked folder', toFolder, 'search_files', { path: 'door', pattern: '**', contains: 'nobody' }],
    ['making a folder in a linked one', toFolder, 'create_directory', { path: 'door/new' }],
    ['deleting in a linked folder', toFolder, 'delete_file', { path: 'door/secret.txt' }],
    ['asking for a file in a linked folder', toFolder, 'file_info', { path: 'door/secret.txt' }],
    ['copying out of a linked folder', toFolder, 'copy_file', { from: 'door/secret.txt', to: 'mine' }],
    ['copying a hard link', hardLink, 'copy_file', { from: 'door', to: 'mine' }],
    ['moving into a linked folder', toFolder, 'move_file', { from: 'x', to: 'door/x' }],
  ])('%s [TOL-1, SAF-4, SAF-5]', async (_what, plant, tool, given) => {
    const both: Plant = async (workspace) => {
      await plant(workspace);
      await writeFile(join(workspace, 'x'), 'own');
    };
    await expectViolation(await run(both, tool, given));
    await expectOutsideUntouched();
  });

  it('while a search of all of it leaves links alone [TOL-1]', async () => {
    const goal = await run(toFolder, 'search_files', { path: '.', pattern: '**', contains: 'nobody' });
    expect(goal).toMatchObject({ state: 'COMPLETED', result: { outputs: { escape: { matches: [] } } } });
  });

  it('and a retry does not bring one into the next workspace [TOL-1]', async () => {
    const failed = await run(toFolder, 'read_file', { path: 'door/secret.txt' });
    const again = (await client.post<GoalJson>(`/api/v1/goals/${failed.id}/retry`)).body;
    expect(await end(client, again.id)).toMatchObject({ state: 'FAILED' });
    const workspace = join(program.dataDir, 'workspaces', tenant.id, parsePublicId('goal', again.id)!);
    await expect(stat(join(workspace, 'door'))).rejects.toThrow('ENOENT');
  });
});

describe('a path that is known only when the task runs', () => {
  it.each(['../x', '/etc/passwd', '..', 'a/../../x', '..\\x', `${'../'.repeat(50_000)}x`])(
    'is judged then: %s [TOL-1, SAF-4]',
    async (path) => {
      const { id } = await submitted(client, {
        description: 'Escapes by reference',
        on_failure: 'replan',
        plan: {
          tasks: [
            { id: 'name', tool: 'echo', arguments: { path } },
            { id: 'read', tool: 'read_file', arguments: { path: { $ref: 'name.output.path' } } },
          ],
        },
      });
      const goal = await end(client, id);
      expect(goal).toMatchObject({ state: 'FAILED', error: { code: 'path_outside_workspace' } });
      // What was refused is named, but not all of it however long it is.
      expect(JSON.stringify(goal.error).length).toBeLessThan(2_000);
      expect((await tasksOf(client, id))[1]).toMatchObject({ attempts: 1, error: { code: 'path_outside_workspace' } });
    },
  );
});
