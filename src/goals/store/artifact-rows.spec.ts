import { newId } from '#libs/kernel';
import type { GoalChange } from '#libs/orchestration';
import { type Database, GoalClaims, Heartbeats } from '#libs/persistence';
import { createTenant, createTestDatabase } from '#libs/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newGoal } from '../../../libs/orchestration/src/conformance/kit.js';
import { PgGoalStore } from './pg-goal-store.js';

const ACTOR = { kind: 'system', id: 'wrk_test', name: 'engine' };

let database: Database;
let store: PgGoalStore;

beforeAll(async () => {
  database = await createTestDatabase();
  store = new PgGoalStore(
    database.tenants,
    new GoalClaims(database.system),
    new Heartbeats(database.reserved),
    () => '',
  );
});
afterAll(() => database.close());

/** What one task says of files: path → content, or null for one that it removed. */
type Said = Readonly<Record<string, string | null>>;

/** A goal whose tasks leave files: `commit` writes one change, with a journal row for each task. */
async function goalWithFiles() {
  const tenantId = (await createTenant(database)).id;
  const goal = newGoal({ tasks: [{ id: 'a', tool: 'echo' }] }, { tenantId });
  await store.submit(goal);
  const [leased] = await store.claim({ workerId: newId(), limit: 1, leaseMs: 60_000 });
  let seq = leased!.goal.lastSeq;
  const commit = async (...tasks: readonly Said[]): Promise<void> => {
    const change: GoalChange = {
      lease: leased!.lease,
      goal: { ...leased!.goal, lastSeq: seq + tasks.length },
      expectedSeq: seq,
      plans: [],
      tasks: [],
      journal: tasks.map(() => ({
        at: Date.now(),
        type: 'task.completed',
        from: null,
        to: null,
        actor: ACTOR,
        reason: null,
        data: null,
      })),
      events: [],
      artifacts: tasks.flatMap((files, row) =>
        Object.entries(files).map(([path, content]) => ({
          id: newId(),
          taskId: newId(),
          row,
          file:
            content === null
              ? { path, removed: true as const }
              : { path, removed: false as const, size: 1, sha256: content, mediaType: 'text/plain' },
        })),
      ),
      approvals: [],
      handledCommands: [],
      dispatches: [],
      endedDispatches: [],
      release: null,
    };
    expect(await store.commit(change)).toBe('committed');
    seq += tasks.length;
  };
  const read = (sql: string) => database.tenants.once<{ line: string }>(tenantId, sql, [goal.goal.id]);
  return {
    commit,
    current: async () =>
      (
        await read(
          `select concat_ws(' ', path, sha256, from_seq) as line from artifact where goal_id = $1 order by path`,
        )
      ).map(({ line }) => line),
    past: async () =>
      (
        await read(
          `select concat_ws(' ', path, coalesce(sha256, '-'), from_seq, until_seq) as line from artifact_past
            where goal_id = $1 order by path, from_seq`,
        )
      ).map(({ line }) => line),
    ids: async () =>
      (await read(`select concat_ws(' ', path, id) as line from artifact where goal_id = $1 order by path`)).map(
        ({ line }) => line,
      ),
  };
}

// A goal's first row is its submission: the first task of a test has row 2.
describe('the history of files', () => {
  it('keeps what was replaced and removed, with the rows that it was current for [ORC-12, ORC-13]', async () => {
    const { commit, current, past, ids } = await goalWithFiles();
    await commit({ x: 'x1', y: 'y1' });
    const before = await ids();
    await commit({ x: 'x2' });
    await commit({ y: null });
    expect(await current()).toEqual(['x x2 3']);
    expect(await past()).toEqual(['x x1 2 3', 'y y1 2 4']);
    // Links to a file stay when it is written again.
    expect(await ids()).toEqual(before.slice(0, 1));
    await commit({ y: 'y2' });
    expect(await current()).toEqual(['x x2 3', 'y y2 5']);
  });

  it('knows the order of several tasks within one change [ORC-12, ORC-13]', async () => {
    const { commit, current, past } = await goalWithFiles();
    await commit({ x: 'x1', z: 'z1' }, { x: 'x2' }, { x: 'x3', z: null });
    expect(await current()).toEqual(['x x3 4']);
    expect(await past()).toEqual(['x x1 2 3', 'x x2 3 4', 'z z1 2 4']);
    await commit({ x: null }, { x: 'x4' });
    expect(await current()).toEqual(['x x4 6']);
    expect((await past()).slice(0, 3)).toEqual(['x x1 2 3', 'x x2 3 4', 'x x3 4 5']);
  });

  it('notes that an input file was removed, which no task had written [ORC-12, ORC-13]', async () => {
    const { commit, current, past } = await goalWithFiles();
    await commit({ 'in.txt': null }, { x: 'x1' });
    expect(await current()).toEqual(['x x1 3']);
    expect(await past()).toEqual(['in.txt - 2 2']);
  });
});
