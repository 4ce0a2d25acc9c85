import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { TestClient } from '#libs/testing';
import { ChildProgram } from '../journeys/child-program.js';
import { type GoalJson, type JournalJson, allOf, end, journalOf, tasksOf } from '../journeys/goals.js';
import { type InFlight, submitAll } from './goals-in-flight.js';
import { type PreviousVersion, installPrevious, previousCommits } from './previous-version.js';
import { MOST_ATTEMPTS, scenes } from './scenes.js';
import { Witness } from './witness.js';

const COMMITS = await previousCommits();
/** Kinds of goals that were seen, and versions that could not be had. */
const seen = new Set<string>();
const missing = new Set<string>();
let folder: string;
let witness: Witness;
const running: ChildProgram[] = [];

/** The program over the data folder; that of this tree unless another root is given. */
function start(root?: string): ChildProgram {
  const environment = { DATA_DIR: folder, LEASE_SECONDS: '2', OUTBOUND_ALLOW: witness.host };
  const program = new ChildProgram(environment, undefined, root);
  running.push(program);
  return program;
}

const keyOf = async () =>
  (JSON.parse(await readFile(join(folder, 'first-run.json'), 'utf8')) as { api_key: string }).api_key;

/** The goal has these artifacts, each with what there was to copy. */
async function expectFiles(client: TestClient, { id }: GoalJson, paths: readonly string[]): Promise<void> {
  const files = await allOf<{ id: string; path: string }>(client, `/api/v1/goals/${id}/artifacts`);
  const contents = files.map(async (file) => {
    const { body } = await client.get<unknown>(`/api/v1/goals/${id}/artifacts/${file.id}/content`);
    return [file.path, body] as const;
  });
  const expected = paths.map((path) => [path, 'what was there']);
  expect(Object.fromEntries(await Promise.all(contents))).toEqual(Object.fromEntries(expected));
}

/** Keys of the tasks that succeeded, in their order. */
const completedIn = (rows: readonly JournalJson[]) =>
  rows.filter(({ type }) => type === 'task.completed').map(({ data }) => data?.['key']);

type Ending = (client: TestClient, goal: GoalJson) => Promise<void>;

/** What becomes of goals once the new version runs. */
const ENDINGS = {
  /** It has succeeded, each task once. */
  completed: async (client, goal) => {
    expect(await end(client, goal.id, 60_000)).toMatchObject({ state: 'COMPLETED', error: null, paused: null });
    const keys = (await tasksOf(client, goal.id)).map(({ key }) => key);
    const completed = completedIn(await journalOf(client, goal.id));
    expect(completed).toHaveLength(keys.length);
    expect(new Set(completed)).toEqual(new Set(keys));
  },
  /** It has failed after as many attempts as it may have, those before the upgrade among them. */
  exhausted: async (client, goal) => {
    expect(await end(client, goal.id, 60_000)).toMatchObject({ state: 'FAILED', error: { code: 'task_failed' } });
    expect(await tasksOf(client, goal.id)).toMatchObject([{ state: 'FAILED', attempts: MOST_ATTEMPTS }]);
  },
  /** It is still cancelled; tried again, it runs what had not succeeded. */
  cancelled: async (client, goal) => {
    const { status, body: again } = await client.post<GoalJson>(`/api/v1/goals/${goal.id}/retry`);
    expect(status).toBe(202);
    expect(await end(client, again.id)).toMatchObject({ state: 'COMPLETED', retry_of: goal.id });
    expect(completedIn(await journalOf(client, again.id))).toEqual(['long', 'copy']);
    await expectFiles(client, again, ['out.txt']);
    expect(await end(client, goal.id)).toMatchObject({ state: 'CANCELLED' });
  },
} satisfies Record<string, Ending>;

/** The goal has come to its end, of what had been written before nothing is gone, and no more was cut off than may be. */
async function expectEnd(client: TestClient, one: InFlight, wasKilled: boolean): Promise<void> {
  const { kind, goal, scene, before } = one;
  await ENDINGS[scene.becomes ?? 'completed'](client, goal);
  const rows = await journalOf(client, goal.id);
  expect(rows.slice(0, before.length)).toEqual(before);
  const cutOff = rows.filter(({ type }) => type === 'task.interrupted').length;
  expect(cutOff, kind).toBeLessThanOrEqual(wasKilled ? (scene.mayCut ?? 0) : 0);
  await expectFiles(client, goal, scene.files ?? []);
}

describe.for(COMMITS)('goals in flight when a new version starts on the data of %s', (commit) => {
  let previous: PreviousVersion | { readonly missing: string };

  beforeAll(async () => {
    previous = await installPrevious(commit);
    if ('missing' in previous) missing.add(previous.missing);
  });
  afterEach(async () => {
    for (const program of running.splice(0)) await program.stop();
    await witness?.close();
    if (folder) await rm(folder, { recursive: true, force: true });
  });
  afterAll(async () => {
    if ('root' in previous) await previous.remove();
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
  ])('go on, where that version was $how [DEP-4, ORC-16, ORC-11, TOL-7]', async ({ how, leave }, { skip }) => {
    if ('missing' in previous) return skip(previous.missing);
    folder = await mkdtemp(join(tmpdir(), 'village-upgrade-'));
    witness = await Witness.open();
    const old = start(previous.root);
    await old.ready();
    const key = await keyOf();
    const goals = await submitAll(await old.client(key), witness);
    for (const { kind } of goals) seen.add(kind);
    const wasKilled = how === 'killed';
    await leave(old);

    const client = await start().client(key);
    witness.isOpen = true;
    for (const { scene, goal } of goals) await scene.goOn?.(client, goal, wasKilled);
    for (const one of goals) await expectEnd(client, one, wasKilled);
    const once = goals.flatMap(({ scene }) => scene.callsOnce ?? []);
    expect(once.map((path) => [path, witness.calls.get(path)])).toEqual(once.map((path) => [path, 1]));
  });
});

describe('the versions before', () => {
  it('are named by their whole hashes, since a short one may mean another one day', () => {
    expect(COMMITS.filter((commit) => !/^[0-9a-f]{40}$/.test(commit))).toEqual([]);
    expect(new Set(COMMITS).size).toBe(COMMITS.length);
  });

  it('have had goals of every kind that the test knows', ({ skip }) => {
    if (missing.size > 0) return skip([...missing].join('; '));
    expect(seen).toEqual(new Set(Object.keys(scenes('nobody'))));
  });
});
