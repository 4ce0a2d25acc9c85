import pino from 'pino';
import { describe, expect, it } from 'vitest';
import { newId } from '#libs/kernel';
import { MACHINE_VERSION } from '#libs/orchestration';
import type { WorkerRow } from '#libs/persistence';
import { PgWorkerDirectory } from './worker-directory.js';

function row(about: Partial<WorkerRow> = {}): WorkerRow {
  const now = new Date();
  return {
    id: newId(),
    name: 'one',
    version: '1.0.0',
    machine: MACHINE_VERSION,
    role: 'worker',
    state: 'IDLE',
    capabilities: ['goal_execution', 'levitation'],
    capacity: 4,
    running: 1,
    goals: 2,
    started_at: now,
    heartbeat_at: now,
    stopped_at: null,
    ...about,
  };
}

/** A directory over rows that the test changes, at times that the test sets. */
function scene() {
  const state: { rows: WorkerRow[] | Error; now: number; reads: number } = { rows: [], now: 0, reads: 0 };
  const live = async (): Promise<WorkerRow[]> => {
    state.reads++;
    if (state.rows instanceof Error) throw state.rows;
    return state.rows;
  };
  const clock = { monotonic: () => state.now };
  const directory = new PgWorkerDirectory({ live }, clock, pino({ level: 'silent' }));
  return { state, ids: () => directory.live().map(({ id }) => id), directory };
}
const read = () => new Promise((resolve) => setImmediate(resolve));

describe('the directory of workers', () => {
  it('never waits: it is empty until it has been read, and then as old as two seconds [WRK-2]', async () => {
    const { state, ids } = scene();
    const [one, two] = [row(), row()];
    state.rows = [one];
    expect(ids()).toEqual([]);
    await read();
    expect(ids()).toEqual([one.id]);
    state.rows = [one, two];
    state.now = 1_999;
    expect(ids()).toEqual([one.id]);
    await read();
    expect(ids()).toEqual([one.id]);
    state.now = 2_001;
    expect(ids()).toEqual([one.id]);
    await read();
    expect(ids()).toEqual([one.id, two.id]);
    expect(state.reads).toBe(2);
  });

  it('does not look while nobody asks, and does not answer with what is long out of date [WRK-2]', async () => {
    const { state, ids } = scene();
    state.rows = [row()];
    ids();
    await read();
    state.now = 60_000;
    await read();
    expect(state.reads).toBe(1);
    expect(ids()).toEqual([]);
  });

  it('keeps what it knows while the database is away [WRK-2]', async () => {
    const { state, ids } = scene();
    const one = row();
    state.rows = [one];
    ids();
    await read();
    state.rows = new Error('away');
    state.now = 3_000;
    ids();
    await read();
    expect(ids()).toEqual([one.id]);
  });

  it('leaves out workers whose machine is older, and capabilities that this version does not know [WRK-1]', async () => {
    const { state, directory } = scene();
    const known = row();
    state.rows = [row({ machine: MACHINE_VERSION - 1 }), known];
    directory.live();
    await read();
    expect(directory.live()).toEqual([
      { id: known.id, capabilities: new Set(['goal_execution']), capacity: 4, running: 1, goals: 2 },
    ]);
  });
});
