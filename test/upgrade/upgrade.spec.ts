import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { TestClient } from '#libs/testing';
import { ChildProgram } from '../journeys/child-program.js';
import { type GoalJson, type JournalJson, allOf, end, journalOf, tasksOf } from '../journeys/goals.js';
import { CHAIN_LENGTH, FAN, type InFlight, approve, submitAll } from './goals-in-flight.js';
import { type PreviousVersion, installPrevious } from './previous-version.js';
import { Witness } from './witness.js';

let previous: PreviousVersion | { readonly missing: string };
let folder: string;
let witness: Witness;
const running: ChildProgram[] = [];

beforeAll(async () => {
  previous = await installPrevious();
});
afterEach(async () => {
  for (const program of running.splice(0)) await program.stop();
  await witness?.close();
  if (folder) await rm(folder, { recursive: true });
});
afterAll(async () => {
  if ('root' in previous) await previous.remove();
});

/** The program over the data folder; that of this tree unless another root is given. */
function start(root?: string): ChildProgram {
  const environment = { DATA_DIR: folder, LEASE_SECONDS: '2', OUTBOUND_ALLOW: witness.host };
  const program = new ChildProgram(environment, undefined, root);
  running.push(program);
  return program;
}

const keyOf = async () =>
  (JSON.parse(await readFile(join(folder, 'first-run.json'), 'utf8')) as { api_key: string }).api_key;

async function artifactsOf(client: TestClient, { id }: GoalJson): Promise<Record<string, unknown>> {
  const files = await allOf<{ id: string; path: string }>(client, `/api/v1/goals/${id}/artifacts`);
  const contents = files.map(async (file) => {
    const { body } = await client.get<unknown>(`/api/v1/goals/${id}/artifacts/${file.id}/content`);
    return [file.path, body] as const;
  });
  return Object.fromEntries(await Promise.all(contents));
}

/** The goal has succeeded; each task has done so once, and nothing that had been written before is gone. */
async function expectWhole(
  client: TestClient,
  { id }: GoalJson,
  before: readonly JournalJson[],
): Promise<JournalJson[]> {
  expect(await end(client, id, 60_000)).toMatchObject({ state: 'COMPLETED', error: null, paused: null });
  const rows = await journalOf(client, id);
  expect(rows.slice(0, before.length)).toEqual(before);
  const completed = rows.filter(({ type }) => type === 'task.completed').map(({ data }) => data?.['key']);
  const keys = (await tasksOf(client, id)).map(({ key }) => key);
  expect(completed).toHaveLength(keys.length);
  expect(new Set(completed)).toEqual(new Set(keys));
  return rows;
}

async function journals(client: TestClient, goals: InFlight): Promise<Map<string, JournalJson[]>> {
  const read = Object.values<GoalJson>({ ...goals }).map(async ({ id }) => [id, await journalOf(client, id)] as const);
  return new Map(await Promise.all(read));
}

/** Attempts of each task that were cut off; a kill may cut off what ran, and that alone. */
function interrupted(rows: readonly JournalJson[]): number {
  return rows.filter(({ type }) => type === 'task.interrupted').length;
}

describe('goals in flight when a new version starts', () => {
  it('come from a version that is named by its whole hash, since a short one may mean another one day', async () => {
    expect(await readFile(join(import.meta.dirname, 'previous'), 'utf8')).toMatch(/^[0-9a-f]{40}\n$/);
  });

  it.for([
    { how: 'killed', leave: (program: ChildProgram) => program.kill() },
    {
      how: 'asked to end',
      leave: async (program: ChildProgram) => {
        program.signal('SIGTERM');
        // What is under way may end.
        witness.answer();
        await program.stop();
      },
    },
  ])('go on, where the version before was $how [ORC-16, ORC-11, TOL-7]', async ({ how, leave }, { skip }) => {
    if ('missing' in previous) return skip(previous.missing);
    folder = await mkdtemp(join(tmpdir(), 'village-upgrade-'));
    witness = await Witness.open();
    const old = start(previous.root);
    await old.ready();
    const key = await keyOf();
    const goals = await submitAll(await old.client(key), witness);
    const before = await journals(await old.client(key), goals);
    const isKilled = how === 'killed';
    await leave(old);

    const client = await start().client(key);
    witness.isOpen = true;
    expect((await client.post(`/api/v1/goals/${goals.held.id}/execute`)).status).toBe(200);
    expect((await client.post(`/api/v1/goals/${goals.paused.id}/resume`)).status).toBe(200);
    expect(await approve(client, goals.waiting)).toBe(200);
    // Nobody knows what became of the call: somebody looks, and finds that it was made.
    const answered = isKilled ? await approve(client, goals.calling, { resolution: 'took_effect' }) : 200;
    expect(answered).toBe(200);

    const cut = new Map<string, number>();
    for (const [name, goal] of Object.entries<GoalJson>({ ...goals })) {
      cut.set(name, interrupted(await expectWhole(client, goal, before.get(goal.id)!)));
    }
    const most = isKilled ? 1 : 0;
    expect(cut.get('chain')).toBeLessThanOrEqual(most);
    expect(cut.get('fan')).toBeLessThanOrEqual(most * FAN);
    for (const name of ['held', 'waiting', 'paused', 'ended']) expect([name, cut.get(name)]).toEqual([name, 0]);
    expect(witness.calls.get('/slow')).toBe(1);

    const files = Array.from({ length: CHAIN_LENGTH / 2 }, (_, n) => [`out/${2 * n + 1}.txt`, 'what was there']);
    expect(await artifactsOf(client, goals.chain)).toEqual(Object.fromEntries(files));
    expect(await artifactsOf(client, goals.waiting)).toEqual({ 'out.txt': 'what was there' });
    expect(await artifactsOf(client, goals.ended)).toEqual({ 'out.txt': 'what was there' });
  });
});
